use std::{ops::Deref, sync::Arc};

use axum::{
    body::{Body, Bytes, HttpBody as _},
    http::StatusCode,
};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Duration, Instant, timeout_at},
};

use crate::web::Problem;

/// Room for the bodies of reports, all of them together. Anyone can name a key that partners publish and begin to send:
/// without a bound on the sum, as many as like would fill the memory. Clones are the same room.
///
/// Every body begins in a place of its own, and only one that outgrows it waits for further ones: a genuine report, which
/// is small, is never behind somebody's megabytes.
#[derive(Clone)]
pub struct Room {
    first: Arc<Semaphore>,
    further: Arc<Semaphore>,
    patience: Duration,
}

/// A body, and the places that it takes until it is dropped.
pub(super) struct Held {
    bytes: Vec<u8>,
    _first: OwnedSemaphorePermit,
    further: OwnedSemaphorePermit,
}

/// How many bytes a place has.
const PLACE: usize = 64 * 1024;
/// How many bodies are held at once: 32 MB in their first places.
const BODIES: usize = 512;
/// How many bytes are held at once beyond these.
const ALL: usize = 224 * 1024 * 1024;
/// How long a body may take. GitHub gives up after 30 seconds itself.
const PATIENCE: Duration = Duration::from_secs(30);

impl Room {
    /// Room for bodies that have so many bytes at most: for one of them in any case.
    pub fn for_bodies_of(most: usize) -> Self {
        Self::of(ALL.max(most), PATIENCE)
    }

    fn of(bytes: usize, patience: Duration) -> Self {
        let further = Arc::new(Semaphore::new(bytes.div_ceil(PLACE)));
        Self { first: Arc::new(Semaphore::new(BODIES)), further, patience }
    }

    /// Reads a body, but not further than `most`; one that announces more is not begun. As it grows it waits for room.
    pub(super) async fn read(&self, body: Body, most: usize) -> Result<Held, Problem> {
        if body.size_hint().lower() > most as u64 {
            return Err(too_large(most));
        }
        let until = Instant::now() + self.patience;
        let (mut body, mut held) = (Limited::new(body, most), self.begin(until).await?);
        while let Some(frame) = timeout_at(until, body.frame()).await.map_err(|_| too_slow())? {
            let frame =
                frame.map_err(
                    |error| {
                        if error.is::<LengthLimitError>() { too_large(most) } else { broken_off() }
                    },
                )?;
            if let Ok(data) = frame.into_data() {
                self.add(&mut held, &data, most, until).await?;
            }
        }
        Ok(held)
    }

    async fn add(&self, held: &mut Held, data: &Bytes, most: usize, until: Instant) -> Result<(), Problem> {
        let (room, needed) = (held.room(), held.bytes.len() + data.len());
        if needed > room {
            // Twice as much as before, so that it is not copied for each place.
            let more = needed.max(2 * room).min(most.max(needed)) - room;
            held.further.merge(places(&self.further, more.div_ceil(PLACE), until).await?);
            held.bytes.reserve_exact(held.room() - held.bytes.len());
        }
        held.bytes.extend_from_slice(data);
        Ok(())
    }

    async fn begin(&self, until: Instant) -> Result<Held, Problem> {
        let first = places(&self.first, 1, until).await?;
        let further = places(&self.further, 0, until).await?;
        Ok(Held { bytes: Vec::new(), _first: first, further })
    }
}

async fn places(of: &Arc<Semaphore>, count: usize, until: Instant) -> Result<OwnedSemaphorePermit, Problem> {
    let count = u32::try_from(count).expect("a body's limit is a gigabyte");
    let places = timeout_at(until, Arc::clone(of).acquire_many_owned(count)).await;
    Ok(places.map_err(|_| crowded())?.expect("it is never closed"))
}

impl Held {
    fn room(&self) -> usize {
        (1 + self.further.num_permits()) * PLACE
    }
}

impl Deref for Held {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

fn too_large(most: usize) -> Problem {
    let detail = format!("The body is larger than {most} bytes.");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
}

fn too_slow() -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "not_read", "The body did not come to its end in time.")
}

fn broken_off() -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "not_read", "The body could not be read to its end.")
}

fn crowded() -> Problem {
    let detail =
        "So much is being reported that there was no room for this report in time. Send it again soon.";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "crowded", detail)
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt as _, StreamExt as _, stream};

    use super::*;

    const MOST: usize = 4 * PLACE;

    /// A body that comes in pieces of a kilobyte, as from a network.
    fn body(bytes: usize) -> Body {
        let mut left = Bytes::from(vec![7; bytes]);
        let pieces = std::iter::from_fn(move || {
            (!left.is_empty()).then(|| std::io::Result::Ok(left.split_to(left.len().min(1024))))
        });
        Body::from_stream(stream::iter(pieces))
    }

    /// One that stops in the middle and doesn't end.
    fn dawdling(bytes: usize) -> Body {
        let begun = stream::once(async move { Ok::<_, std::io::Error>(Bytes::from(vec![7; bytes])) });
        Body::from_stream(begun.chain(stream::pending()))
    }

    async fn refused(room: &Room, body: Body) -> (u16, &'static str) {
        let Err(problem) = room.read(body, MOST).await else { panic!("it is read") };
        (problem.status.as_u16(), problem.code)
    }

    #[tokio::test]
    async fn a_body_is_held_whole_up_to_its_limit() {
        let room = Room::of(MOST, Duration::from_mins(1));
        for bytes in [0, 1, PLACE, PLACE + 1, 3 * PLACE, MOST - 1, MOST] {
            let held = room.read(body(bytes), MOST).await.map(|held| held.to_vec());
            assert_eq!(held.ok(), Some(vec![7; bytes]));
        }
        assert_eq!(refused(&room, body(MOST + 1)).await, (413, "too_large"));
    }

    #[tokio::test]
    async fn bodies_that_do_not_fit_beside_one_another_are_read_one_after_the_other() {
        let room = Room::of(MOST, Duration::from_mins(1));
        let first = room.read(body(MOST), MOST).await;
        let mut second = Box::pin(room.read(body(3 * PLACE), MOST));
        assert!((&mut second).now_or_never().is_none(), "there is no room yet");
        drop(first);
        assert_eq!(second.await.map(|held| held.len()).ok(), Some(3 * PLACE));
    }

    #[tokio::test]
    async fn a_small_one_waits_for_none_of_the_large_ones() {
        let room = Room::of(MOST, Duration::from_mins(1));
        let large = room.read(body(MOST), MOST).await;
        let larger = room.read(dawdling(3 * PLACE), MOST);
        let mut larger = Box::pin(larger);
        assert!((&mut larger).now_or_never().is_none(), "it waits for room");
        assert_eq!(room.read(body(PLACE), MOST).await.map(|held| held.len()).ok(), Some(PLACE));
        drop(large);
    }

    #[tokio::test]
    async fn one_that_finds_no_room_in_time_is_sent_away() {
        let room = Room::of(MOST, Duration::from_millis(10));
        let first = room.read(body(MOST), MOST).await;
        assert_eq!(refused(&room, body(3 * PLACE)).await, (503, "crowded"));
        drop(first);
        assert!(room.read(body(3 * PLACE), MOST).await.is_ok());
    }

    #[tokio::test]
    async fn one_that_does_not_come_to_its_end_gives_its_room_back() {
        let room = Room::of(MOST, Duration::from_millis(10));
        assert_eq!(refused(&room, dawdling(MOST)).await, (400, "not_read"));
        assert_eq!(room.further.available_permits(), 4);
        assert_eq!(room.first.available_permits(), BODIES);
    }
}
