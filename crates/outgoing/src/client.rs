use reqwest::{Response, redirect};

use crate::{
    Answer, Fault, Guard, Request, Result,
    fault::causes,
    guard::{Judging, Lookup, system},
};

/// The HTTP client. Clones share its connections.
#[derive(Debug, Clone)]
pub struct Client {
    inner: reqwest::Client,
    pub(crate) guard: Guard,
}

impl Client {
    /// A client that calls itself `user_agent` (some partners refuse who doesn't say), and goes where the guard lets it.
    pub fn new(user_agent: &str, guard: Guard) -> Result<Self> {
        Self::looking_up(user_agent, guard, system())
    }

    /// One for which names become addresses in this way.
    pub(crate) fn looking_up(user_agent: &str, guard: Guard, lookup: Lookup) -> Result<Self> {
        let inner = reqwest::Client::builder()
            .user_agent(user_agent)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .dns_resolver(Judging { guard: guard.clone(), lookup })
            .build()
            .map_err(|error| Fault::NoClient(causes(&error)))?;
        Ok(Self { inner, guard })
    }

    /// Sends a request once and reads the whole answer, whatever its status; without its body, if the request says so.
    pub async fn send(&self, request: Request) -> Result<Answer> {
        // One timeout around sending and reading, so that an answer that trickles in is not excepted.
        tokio::time::timeout(request.timeout, self.exchange(request)).await.unwrap_or(Err(Fault::Timeout))
    }

    async fn exchange(&self, request: Request) -> Result<Answer> {
        // A host that is written as an address is looked up by nobody, so it is judged here. No redirect leads further.
        self.guard.judge(&request.url)?;
        let mut sending = self.inner.request(request.method, request.url).headers(request.headers);
        if let Some(body) = request.body {
            sending = sending.body(body);
        }
        let mut response = sending.send().await?;
        let body = match request.max_answer_bytes {
            Some(most) => read(&mut response, most).await?,
            None => Vec::new(),
        };
        Ok(Answer { status: response.status(), headers: std::mem::take(response.headers_mut()), body })
    }
}

async fn read(response: &mut Response, most: usize) -> Result<Vec<u8>> {
    let announced = response.content_length().unwrap_or(0);
    let announced = usize::try_from(announced).map_err(|_| Fault::TooLong)?;
    if announced > most {
        return Err(Fault::TooLong);
    }
    let mut body = Vec::with_capacity(announced);
    while let Some(chunk) = response.chunk().await? {
        if chunk.len() > most - body.len() {
            return Err(Fault::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
