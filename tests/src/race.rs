//! Many at once: tasks released by one barrier, and what became of each.

use std::sync::Arc;

use countersign_client::Error;
use tokio::sync::Barrier;
use tokio::task::JoinHandle;

/// What a request came to: `ok`, or the code of the refusal.
pub fn outcome<T>(answer: &Result<T, Error>) -> &str {
    answer.as_ref().map_or_else(Error::code, |_| "ok")
}

/// Runs `count` tasks, released together once all of them are there; their results in the order of their numbers.
pub async fn at_once<T, F>(count: usize, task: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let barrier = Arc::new(Barrier::new(count));
    let tasks: Vec<_> = (0..count)
        .map(|number| released_by(&barrier, task(number)))
        .collect();
    let mut results = Vec::with_capacity(count);
    for task in tasks {
        results.push(task.await.expect("a racing task ends"));
    }
    results
}

/// Runs two tasks, released together; in every other round the second one is first in the queue.
pub async fn both<A, B>(
    round: usize,
    one: impl Future<Output = A> + Send + 'static,
    other: impl Future<Output = B> + Send + 'static,
) -> (A, B)
where
    A: Send + 'static,
    B: Send + 'static,
{
    let barrier = Arc::new(Barrier::new(2));
    let (one, other) = if round.is_multiple_of(2) {
        let one = released_by(&barrier, one);
        (one, released_by(&barrier, other))
    } else {
        let other = released_by(&barrier, other);
        (released_by(&barrier, one), other)
    };
    let expected = "a racing task ends";
    (one.await.expect(expected), other.await.expect(expected))
}

fn released_by<T: Send + 'static>(
    barrier: &Arc<Barrier>,
    task: impl Future<Output = T> + Send + 'static,
) -> JoinHandle<T> {
    let barrier = Arc::clone(barrier);
    tokio::spawn(async move {
        barrier.wait().await;
        task.await
    })
}
