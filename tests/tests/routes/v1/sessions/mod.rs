mod create;
mod current;
mod verify;
