//! What happens on a connection, as far as its time limits ask.

use std::{
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
    under_way: usize,
    /// Whether there was a request yet.
    used: bool,
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
    /// Its answer is not taken.
    Stuck,
}

/// A request under way, until this is dropped.
pub(super) struct Request(Pulse);

impl Pulse {
    pub fn begin() -> Self {
        Self(Arc::new(Mutex::new(Beat::begin(Instant::now()))))
    }

    /// Notes that a request's head is there.
    pub fn request(&self, http2: bool) -> Request {
        self.beat().request(http2);
        Request(self.clone())
    }

    /// When the connection's time is up, as things stand.
    pub fn due(&self, limits: &Limits) -> Option<(Instant, Due)> {
        self.beat().due(limits)
    }

    fn beat(&self) -> MutexGuard<'_, Beat> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        self.0.beat().answered(Instant::now());
    }
}

impl Beat {
    fn begin(now: Instant) -> Self {
        Self {
            under_way: 0,
            used: false,
            http2: false,
            quiet_since: now,
            head_since: None,
            stuck_since: None,
        }
    }

    fn heard(&mut self, now: Instant) {
        if self.under_way == 0 && !self.http2 {
            self.head_since.get_or_insert(now);
        }
    }

    fn request(&mut self, http2: bool) {
        (self.used, self.http2, self.head_since) = (true, http2, None);
        self.under_way += 1;
    }

    fn answered(&mut self, now: Instant) {
        self.under_way -= 1;
        self.quiet_since = now;
    }

    fn wrote(&mut self, pending: bool, now: Instant) {
        if pending {
            self.stuck_since.get_or_insert(now);
        } else {
            self.stuck_since = None;
        }
    }

    /// Otherwise never while a request is under way: that has limits of its own.
    fn due(&self, limits: &Limits) -> Option<(Instant, Due)> {
        if let Some(since) = self.stuck_since {
            return Some((since + limits.quiet, Due::Stuck));
        }
        if self.under_way > 0 {
            return None;
        }
        if !self.used {
            return Some((self.quiet_since + limits.head, Due::Head));
        }
        Some(match self.head_since {
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
        beat.request(false);
        beat.heard(begun + seconds(2));
        assert_eq!(beat.due(&limits()), None, "a body that comes is no head");
        let quiet = begun + seconds(5);
        beat.answered(quiet);
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
    fn over_http2_bytes_between_requests_begin_none() {
        let begun = Instant::now();
        let mut beat = Beat::begin(begun);
        beat.request(true);
        beat.request(true);
        beat.answered(begun + seconds(1));
        assert_eq!(beat.due(&limits()), None);
        beat.answered(begun + seconds(2));
        beat.heard(begun + seconds(20));
        assert_eq!(beat.due(&limits()), Some((begun + seconds(77), Due::Quiet)));
    }
}
