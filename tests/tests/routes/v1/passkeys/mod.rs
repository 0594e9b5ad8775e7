mod act;
mod own;
mod sign_in;
mod verify;
