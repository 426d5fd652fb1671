//! The console, as people use it: how they get in, stay in, and are let out.

mod factors;
mod joining;
mod keyboard;
mod people;
mod sessions;
mod story;
mod tokens;
mod weight;
