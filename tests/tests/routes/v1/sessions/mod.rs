mod create;
mod current;
