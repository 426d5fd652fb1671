use std::{
    io::{self, Write},
    mem,
    sync::{Arc, Mutex, PoisonError},
    task::Poll,
};

use axum::{
    body::{Body, Bytes},
    extract::State,
    http::header,
    response::{IntoResponse as _, Response},
};
use futures_util::{Stream, StreamExt as _, stream};

use crate::{
    app::App,
    audit::{self, ExportFault},
    ids::WorkspaceId,
    web::{
        Problem,
        console::{Owning, Turned},
    },
};

/// An audit that is no longer than this is whole before any of it is sent, so that a fault in it can still be told on a page.
const AT_ONCE: usize = 64 * 1024;

/// The workspace's audit as a file that anybody can check: what `bailiwick audit export` writes.
pub(super) async fn send(State(app): State<App>, owning: Owning) -> Result<Response, Turned> {
    owning.inside.proved(&app, "/audit")?;
    let workspace = owning.inside.here.workspace_id.clone();
    let name = format!("attachment; filename=\"audit-{workspace}.jsonl\"");
    let mut chunks = Box::pin(export(app, workspace));
    let first = match chunks.next().await {
        Some(Err(fault)) => return Err(Problem::from(store::Fault::Row(fault.to_string())).into()),
        first => first,
    };
    let rest = stream::iter(first).chain(chunks).map(|chunk| {
        chunk.map_err(|fault| {
            tracing::error!(%fault, "an export of the audit broke off");
            io::Error::other("it broke off")
        })
    });
    let body = Body::from_stream(rest);
    let headers =
        [(header::CONTENT_TYPE, "application/x-ndjson".to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, body).into_response())
}

/// What was written and not yet sent.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    /// What there is, if it is as much as this.
    fn take(&self, least: usize) -> Option<Bytes> {
        let mut bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (bytes.len() >= least).then(|| mem::take(&mut *bytes).into())
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An export bit by bit, as fast as it is taken away: the next part is read once the one before is on its way.
fn export(app: App, workspace: WorkspaceId) -> impl Stream<Item = Result<Bytes, ExportFault>> + Send {
    let (written, mut to) = (Written::default(), Written::default());
    to.0 = Arc::clone(&written.0);
    let work = async move { audit::export(&app.db, &app.vault, workspace.as_str(), &mut to).await };
    let mut work = Some(Box::pin(work));
    stream::poll_fn(move |context| {
        if let Some(chunk) = written.take(AT_ONCE) {
            return Poll::Ready(Some(Ok(chunk)));
        }
        let Some(doing) = &mut work else { return Poll::Ready(written.take(1).map(Ok)) };
        match doing.as_mut().poll(context) {
            Poll::Pending => {
                written.take(AT_ONCE).map_or(Poll::Pending, |chunk| Poll::Ready(Some(Ok(chunk))))
            }
            Poll::Ready(Ok(_)) => {
                work = None;
                Poll::Ready(written.take(1).map(Ok))
            }
            Poll::Ready(Err(fault)) => {
                work = None;
                Poll::Ready(Some(Err(fault)))
            }
        }
    })
}
