use std::{
    pin::Pin,
    task::{Context, Poll},
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

/// An answer's body, which keeps its request under way until it has been handed over or dropped.
pub(super) struct Answer {
    pub body: Body,
    pub _under_way: Request,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
