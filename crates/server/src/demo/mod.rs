//! # demo: the main job from end to end, told step by step
//!
//! A real server on an embedded database and a free port, and around it a small world in the same process: a partner
//! that publishes its keys, signs a report and sends it over HTTP, a tracking endpoint that takes the event, a folder
//! that takes the mail. Each step says what it found, and the demo fails at the first that does not hold.

mod caller;
mod letter;
mod place;
mod story;
mod told;
mod wait;
mod world;

use std::path::PathBuf;

use tokio::sync::watch;

use crate::cli::{Ended, signals};
use place::Place;
use told::Told;

/// How the demo is run.
pub struct Demo {
    /// Whether it ends after the last step, instead of serving on.
    pub once: bool,
    /// Where everything goes; a folder that is removed at the end, if none is named.
    pub data: Option<PathBuf>,
}

impl Demo {
    /// Tells the story. Refused if a step did not hold.
    pub async fn run(self) -> Result<(), Ended> {
        let mut told = Told::begin()?;
        let (place, server) = Place::make(self.data).await.map_err(Ended::refused)?;
        let mut signal = signals::first()?;
        let (stop, stopped) = watch::channel(false);
        let serving = tokio::spawn(server.serve(stopped));
        told.place(&place)?;
        let story = story::tell(&place, &mut told).await;
        if story.is_ok() && !self.once {
            Told::what_next(&place)?;
            // An error says that nobody can send a signal any more.
            let _ = signal.wait_for(|signal| *signal).await;
        }
        let _ = stop.send(true);
        serving.await.map_err(|error| Ended::refused(format!("The server broke off: {error}.")))??;
        story
    }
}
