mod collect;
mod form;
mod refresh;
