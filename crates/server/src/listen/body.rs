use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use super::pulse::Request;

/// A request's body that breaks off when its time is up, whatever reads it.
struct Timed {
    body: Incoming,
    until: Instant,
    /// Set up only if there is something to wait for.
    up: Option<Pin<Box<Sleep>>>,
}

/// The body did not come to its end in time.
#[derive(Debug, thiserror::Error)]
#[error("the body did not come to its end in time")]
struct TooSlow;

/// A body that has until then to come.
pub(super) fn timed(body: Incoming, until: Instant) -> Body {
    if body.is_end_stream() { Body::empty() } else { Body::new(Timed { body, until, up: None }) }
}

impl HttpBody for Timed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        // Before the body: one that comes drop by drop has always something to give.
        if Instant::now() >= this.until {
            return Poll::Ready(Some(Err(axum::Error::new(TooSlow))));
        }
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(cx) {
            return Poll::Ready(frame.map(|frame| frame.map_err(axum::Error::new)));
        }
        let up = this.up.get_or_insert_with(|| Box::pin(sleep_until(this.until)));
        up.as_mut().poll(cx).map(|()| Some(Err(axum::Error::new(TooSlow))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// As much of an answer as is handed over at once, in bytes: as much as one frame of HTTP/2 holds unless the caller wants
/// larger ones (RFC 9113, section 4.2).
const PIECE: usize = 16 * 1024;

/// An answer's body. Its request is under way until the caller has taken all of it, or it is dropped.
struct Answer {
    body: Body,
    /// What is not yet handed over of what the body gave.
    rest: Bytes,
    under_way: Arc<Request>,
}

/// Part of an answer. What becomes of it after it is handed over shows when it is dropped: then it was written to the
/// connection, or nobody wants it any more.
struct Piece {
    bytes: Bytes,
    under_way: Arc<Request>,
}

/// An answer's body, which is the caller's to take from now on.
pub(super) fn offered(body: Body, under_way: Request) -> Body {
    under_way.offered();
    Body::new(Answer { body, rest: Bytes::new(), under_way: Arc::new(under_way) })
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        if this.rest.is_empty() {
            let frame = match ready!(Pin::new(&mut this.body).poll_frame(cx)) {
                Some(Ok(frame)) => frame,
                end => return Poll::Ready(end),
            };
            match frame.into_data() {
                Ok(bytes) => this.rest = bytes,
                Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
            }
        }
        let bytes = this.rest.split_to(PIECE.min(this.rest.len()));
        let piece = Piece { bytes, under_way: Arc::clone(&this.under_way) };
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_owner(piece)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (body, rest) = (self.body.size_hint(), self.rest.len() as u64);
        let mut hint = SizeHint::new();
        hint.set_lower(body.lower() + rest);
        if let Some(upper) = body.upper() {
            hint.set_upper(upper + rest);
        }
        hint
    }
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        self.under_way.offered();
    }
}
