//! A client that costs next to nothing, because it shares the cores with the server that it asks.

use std::net::SocketAddr;

use axum::http::HeaderMap;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::Fault;

/// A request with a body of JSON, as it goes over the wire.
pub fn post(path: &str, headers: &HeaderMap, body: &[u8]) -> Vec<u8> {
    request("POST", path, headers, body)
}

/// A request without a body.
pub fn get(path: &str, headers: &HeaderMap) -> Vec<u8> {
    request("GET", path, headers, &[])
}

fn request(method: &str, path: &str, headers: &HeaderMap, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n"
    );
    let mut bytes = head.into_bytes();
    for (name, value) in headers {
        bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body);
    bytes
}

/// One connection.
pub struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Connection {
    /// Opens one.
    pub async fn open(address: SocketAddr) -> Result<Self, Fault> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, read: Vec::new() })
    }

    /// Sends a request and answers the body, which must come with 200.
    pub async fn ask(&mut self, request: &[u8]) -> Result<String, Fault> {
        self.stream.write_all(request).await?;
        self.read.clear();
        loop {
            if self.stream.read_buf(&mut self.read).await? == 0 {
                return Err("the server hung up".into());
            }
            if let Some(body) = whole(&self.read)? {
                return Ok(body);
            }
        }
    }
}

/// The body, once all of it is there.
fn whole(read: &[u8]) -> Result<Option<String>, Fault> {
    let text = std::str::from_utf8(read)?;
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return Ok(None) };
    if !head.starts_with("HTTP/1.1 200 ") {
        return Err(format!("answered {head}").into());
    }
    let length =
        head.lines().find_map(|line| line.strip_prefix("content-length: ")).ok_or("no content-length")?;
    let length: usize = length.parse()?;
    Ok((body.len() >= length).then(|| body[..length].to_owned()))
}
