//! What happens on a connection, as far as its time limits ask.

use std::{
    collections::BTreeMap,
    io::{IoSlice, Result},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Instant,
};

use super::Limits;

/// A connection's pulse. Clones are the same one.
#[derive(Clone)]
pub(super) struct Pulse(Arc<Mutex<Beat>>);

struct Beat {
    /// The requests under way, by their numbers. Each with the moment from which its caller is waited for, once there is
    /// an answer.
    under_way: BTreeMap<u64, Option<Instant>>,
    /// How many requests there were yet.
    requests: u64,
    /// HTTP/2 pings and settles things between requests; its bytes need not be the beginning of one.
    http2: bool,
    quiet_since: Instant,
    /// The first byte since nothing is under way.
    head_since: Option<Instant>,
    /// Since when the other side takes nothing of what is there for it.
    stuck_since: Option<Instant>,
}

/// Why a connection's time is up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// A head that was begun, or awaited as the first, did not come.
    Head,
    /// Nothing happens on it.
    Quiet,
    /// An answer is not taken.
    Stuck,
}

/// A request under way, until this is dropped.
pub(super) struct Request {
    pulse: Pulse,
    number: u64,
}

impl Pulse {
    pub fn begin() -> Self {
        Self(Arc::new(Mutex::new(Beat::begin(Instant::now()))))
    }

    /// Notes that a request's head is there.
    pub fn request(&self, http2: bool) -> Request {
        let number = self.beat().request(http2);
        Request { pulse: self.clone(), number }
    }

    /// When the connection's time is up, as things stand.
    pub fn due(&self, limits: &Limits) -> Option<(Instant, Due)> {
        self.beat().due(limits)
    }

    fn beat(&self) -> MutexGuard<'_, Beat> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Request {
    /// Notes that there is an answer, or that some of it was taken: now it is the caller's turn to take what is left. A
    /// body cannot see this by itself: without a window hyper does not ask it for more.
    pub fn offered(&self) {
        self.pulse.beat().offered(self.number, Instant::now());
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        self.pulse.beat().over(self.number, Instant::now());
    }
}

impl Beat {
    fn begin(now: Instant) -> Self {
        Self {
            under_way: BTreeMap::new(),
            requests: 0,
            http2: false,
            quiet_since: now,
            head_since: None,
            stuck_since: None,
        }
    }

    fn heard(&mut self, now: Instant) {
        if self.under_way.is_empty() && !self.http2 {
            self.head_since.get_or_insert(now);
        }
    }

    fn request(&mut self, http2: bool) -> u64 {
        (self.http2, self.head_since) = (http2, None);
        self.requests += 1;
        self.under_way.insert(self.requests, None);
        self.requests
    }

    fn offered(&mut self, request: u64, now: Instant) {
        self.under_way.insert(request, Some(now));
    }

    fn over(&mut self, request: u64, now: Instant) {
        self.under_way.remove(&request);
        self.quiet_since = now;
    }

    fn wrote(&mut self, pending: bool, now: Instant) {
        if pending {
            self.stuck_since.get_or_insert(now);
        } else {
            self.stuck_since = None;
        }
    }

    /// What is due first: a caller who takes nothing gets no more time by it for what else it does not do.
    fn due(&self, limits: &Limits) -> Option<(Instant, Due)> {
        let untaken = self.under_way.values().flatten().chain(&self.stuck_since).min();
        let untaken = untaken.map(|since| (*since + limits.quiet, Due::Stuck));
        [untaken, self.idle(limits)].into_iter().flatten().min_by_key(|(at, _)| *at)
    }

    /// Never while a request is under way: that has limits of its own.
    fn idle(&self, limits: &Limits) -> Option<(Instant, Due)> {
        if !self.under_way.is_empty() {
            return None;
        }
        let head = if self.requests == 0 { Some(self.quiet_since) } else { self.head_since };
        Some(match head {
            Some(since) => (since + limits.head, Due::Head),
            None => (self.quiet_since + limits.quiet, Due::Quiet),
        })
    }
}

/// A stream that tells the pulse when something comes.
pub(super) struct Heard<S> {
    stream: S,
    pulse: Pulse,
}

impl<S> Heard<S> {
    pub fn new(stream: S, pulse: Pulse) -> Self {
        Self { stream, pulse }
    }

    fn wrote<T>(&self, poll: Poll<T>) -> Poll<T> {
        self.pulse.beat().wrote(poll.is_pending(), Instant::now());
        poll
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Heard<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        let before = into.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, into);
        if into.filled().len() > before {
            self.pulse.beat().heard(Instant::now());
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Heard<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        let poll = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.wrote(poll)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let poll = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.wrote(poll)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let poll = Pin::new(&mut self.stream).poll_flush(cx);
        self.wrote(poll)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Duration;

    use super::*;

    fn limits() -> Limits {
        Limits { head: seconds(10), quiet: seconds(75), ..Limits::default() }
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn the_first_head_and_each_one_begun_have_little_time_and_a_quiet_connection_has_more() {
        let begun = Instant::now();
        let mut beat = Beat::begin(begun);
        beat.heard(begun + seconds(1));
        assert_eq!(
            beat.due(&limits()),
            Some((begun + seconds(10), Due::Head)),
            "more bytes give no more time"
        );
        let request = beat.request(false);
        beat.heard(begun + seconds(2));
        assert_eq!(beat.due(&limits()), None, "a body that comes is no head");
        let quiet = begun + seconds(5);
        beat.over(request, quiet);
        assert_eq!(beat.due(&limits()), Some((quiet + seconds(75), Due::Quiet)));
        beat.heard(quiet + seconds(60));
        beat.heard(quiet + seconds(69));
        assert_eq!(beat.due(&limits()), Some((quiet + seconds(70), Due::Head)));
    }

    #[test]
    fn an_answer_that_is_not_taken_has_as_much_time_as_a_quiet_connection() {
        let begun = Instant::now();
        let mut beat = Beat::begin(begun);
        beat.request(false);
        beat.wrote(true, begun + seconds(1));
        beat.wrote(true, begun + seconds(9));
        assert_eq!(beat.due(&limits()), Some((begun + seconds(76), Due::Stuck)));
        beat.wrote(false, begun + seconds(10));
        assert_eq!(beat.due(&limits()), None);
    }

    #[test]
    fn taking_nothing_gives_no_more_time_for_a_first_head() {
        let begun = Instant::now();
        let mut beat = Beat::begin(begun);
        beat.wrote(true, begun + seconds(9));
        assert_eq!(beat.due(&limits()), Some((begun + seconds(10), Due::Head)));
    }

    #[test]
    fn the_answer_of_which_nothing_was_taken_for_longest_counts_whatever_else_goes_on() {
        let begun = Instant::now();
        let mut beat = Beat::begin(begun);
        let [slow, quick, under_way] = [true; 3].map(|http2| beat.request(http2));
        assert_eq!(beat.due(&limits()), None, "what is not answered yet is nobody's to take");
        beat.offered(slow, begun + seconds(1));
        beat.offered(quick, begun + seconds(2));
        beat.over(quick, begun + seconds(3));
        let stuck = |since: u64| Some((begun + seconds(since + 75), Due::Stuck));
        assert_eq!(beat.due(&limits()), stuck(1));
        beat.offered(slow, begun + seconds(70));
        assert_eq!(beat.due(&limits()), stuck(70), "some of it was taken");
        beat.wrote(true, begun + seconds(80));
        assert_eq!(beat.due(&limits()), stuck(70));
        beat.over(slow, begun + seconds(90));
        assert_eq!(beat.due(&limits()), stuck(80));
        beat.wrote(false, begun + seconds(91));
        assert_eq!(beat.due(&limits()), None);
        beat.over(under_way, begun + seconds(92));
        assert_eq!(beat.due(&limits()), Some((begun + seconds(167), Due::Quiet)));
    }

    #[test]
    fn over_http2_bytes_between_requests_begin_none() {
        let begun = Instant::now();
        let mut beat = Beat::begin(begun);
        let (one, other) = (beat.request(true), beat.request(true));
        beat.over(one, begun + seconds(1));
        assert_eq!(beat.due(&limits()), None);
        beat.over(other, begun + seconds(2));
        beat.heard(begun + seconds(20));
        assert_eq!(beat.due(&limits()), Some((begun + seconds(77), Due::Quiet)));
    }
}
