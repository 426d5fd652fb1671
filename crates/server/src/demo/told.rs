use std::{
    fmt::Display,
    io::{self, IsTerminal as _},
    time::{Duration, Instant},
};

use super::place::Place;
use crate::cli::{Ended, print};

/// The story goes on when whoever listened has gone: it is also a check.
fn say(text: impl Display) -> Result<(), Ended> {
    match print::line(text) {
        Err(Ended::Unheard) => Ok(()),
        said => said,
    }
}

/// How the story is told: numbered steps with the time each took, and below them what was found.
pub struct Told {
    colours: bool,
    steps: u32,
    since: Instant,
    begun: Instant,
}

const BOLD: &str = "1";
const GREEN: &str = "32";
const GREY: &str = "2";

impl Told {
    /// Begins, and says what this is.
    pub fn begin() -> Result<Self, Ended> {
        // https://no-color.org
        let colours =
            io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let now = Instant::now();
        let told = Self { colours, steps: 0, since: now, begun: now };
        say(told.in_colour(BOLD, "A token leaks to GitHub, and is dead before anyone can use it."))?;
        Ok(told)
    }

    /// Says where it happens.
    pub fn place(&mut self, place: &Place) -> Result<(), Ended> {
        self.since = Instant::now();
        say(format!(
            "A server on http://{} with an embedded database, in {}.",
            place.address,
            place.folder.display()
        ))
    }

    /// A step that held.
    pub fn step(&mut self, what: &str) -> Result<(), Ended> {
        let took = std::mem::replace(&mut self.since, Instant::now()).elapsed();
        self.steps += 1;
        let (mark, took) = (self.in_colour(GREEN, "✓"), self.in_colour(GREY, &milliseconds(took)));
        say(format!("\n{mark} {}. {what}  {took}", self.steps))
    }

    /// What was found in it.
    pub fn detail(text: &str) -> Result<(), Ended> {
        text.lines().try_for_each(|line| say(format!("     {line}").trim_end()))
    }

    /// The step that did not hold.
    pub fn failed(&self, why: &str) -> Ended {
        Ended::refused(format!("The demo failed at step {}: {why}.", self.steps + 1))
    }

    /// The end of the story.
    pub fn end(&self, to_revoked: Duration) -> Result<(), Ended> {
        let sum = format!("From report to revoked: {}.", milliseconds(to_revoked));
        say(format!("\n{}", self.in_colour(BOLD, &sum)))?;
        say(format!("Every step held; together they took {}.", milliseconds(self.begun.elapsed())))
    }

    /// What whoever watched can do themselves, while the server is there.
    pub fn what_next(place: &Place) -> Result<(), Ended> {
        let (settings, key, mails) = (place.settings_file(), place.key_file(), place.mails());
        let (settings, key) = (settings.display(), key.display());
        say(format!("\nMails are in {}, with the codes that the console asks for.", mails.display()))?;
        say(format!(
            "The server stays at http://{0} until Ctrl-C. From another terminal:\n\
             \n  bailiwick workspace list --config {settings}\
             \n  bailiwick token create --workspace ID --description TEXT --config {settings}\
             \n  bailiwick report send --as github --to http://{0} --key {key} --token - --url URL\
             \n  curl http://{0}/openapi.json",
            place.address
        ))
    }

    fn in_colour(&self, colour: &str, text: &str) -> String {
        if self.colours { format!("\x1b[{colour}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

fn milliseconds(took: Duration) -> String {
    format!("{:.1} ms", took.as_secs_f64() * 1e3)
}
