//! The console, as people use it: how they get in, stay in, and are let out.

mod account;
mod factors;
mod joining;
mod keyboard;
mod people;
mod portal;
mod rarely;
mod sessions;
mod story;
mod tokens;
mod weight;
