/** Shown by the service worker in a page's place: goes on to that page as soon as there is a network. */

const again = () => location.reload();
window.addEventListener('online', again);
document.getElementById('again')?.addEventListener('click', again);
