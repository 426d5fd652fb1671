use std::time::Duration;

/// How long callers may take, and how much they may ask for at once. Tests name shorter ones.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Limits {
    /// From a connection to the end of its TLS handshake.
    pub handshake: Duration,
    /// From a connection to its first request, and over HTTP/1 from the first byte of a later one to the end of its head.
    pub head: Duration,
    /// From a request's head to the end of its body. GitHub gives up after 30 seconds itself.
    pub body: Duration,
    /// How long a connection may be there without a request under way, or with an answer of which nothing is taken: its next
    /// 16 KB, if it is longer. Longer than the minute for which proxies commonly keep theirs, so that it is they who close
    /// first.
    pub quiet: Duration,
    /// How often an HTTP/2 connection is asked whether anybody is there, and how long that may take to answer.
    pub ping: Duration,
    /// How often the certificate's files are looked at.
    pub look: Duration,
    /// How long to wait before the next connection is taken after one could not be.
    pub pause: Duration,
    /// Requests under way at once on one HTTP/2 connection.
    pub streams: u32,
    /// The most bytes of a request's head.
    pub head_bytes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            handshake: Duration::from_secs(10),
            head: Duration::from_secs(10),
            body: Duration::from_secs(30),
            quiet: Duration::from_secs(75),
            ping: Duration::from_secs(20),
            look: Duration::from_secs(5),
            pause: Duration::from_secs(1),
            streams: 128,
            head_bytes: 32 * 1024,
        }
    }
}
