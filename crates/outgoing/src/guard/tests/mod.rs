mod connecting;
mod kinds;
mod saving;

use super::{Guard, Opened};

fn opening(opened: &[&str]) -> Guard {
    Guard::opening(opened.iter().map(|text| text.parse::<Opened>().unwrap()))
}
