//! Tells Cargo when the embedded pages are out of date: it watches the files that were embedded by itself, but not
//! the arrival of new ones.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // A missing path counts as changed each time, so the folder above is watched until the pages are there.
    let dist = "../../web/dist";
    let watched = if std::path::Path::new(dist).exists() {
        dist
    } else {
        "../../web"
    };
    println!("cargo::rerun-if-changed={watched}");
}
