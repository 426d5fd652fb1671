//! A site of a few pages.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    thread,
};

const HTML: &str = "text/html; charset=utf-8";

/// A site on this machine.
pub struct Pages {
    /// Where it is found.
    pub url: String,
}

impl Pages {
    /// Serves these, by their paths, until the test ends.
    pub fn serve(pages: &[(&str, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let pages: BTreeMap<String, String> =
            pages.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        thread::spawn(move || {
            for caller in listener.incoming().map_while(Result::ok) {
                let pages = pages.clone();
                // A browser opens more connections than it uses.
                thread::spawn(move || answer(caller, &pages));
            }
        });
        Self { url: format!("http://localhost:{port}") }
    }
}

fn answer(mut caller: TcpStream, pages: &BTreeMap<String, String>) -> std::io::Result<()> {
    let mut lines = BufReader::new(caller.try_clone()?).lines();
    let Some(first) = lines.next().transpose()? else { return Ok(()) };
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let path = first.split([' ', '?']).nth(1).unwrap_or_default();
    let (status, kind, body) = match pages.get(path) {
        Some(text) if path.contains('.') => {
            ("200 OK", "text/css\r\nCache-Control: max-age=600", text.clone())
        }
        Some(text) if path == "/refused" => ("422 Unprocessable Content", HTML, page(text)),
        Some(text) => ("200 OK", HTML, page(text)),
        None => ("404 Not Found", "text/plain", String::new()),
    };
    let length = body.len();
    write!(
        caller,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

fn page(text: &str) -> String {
    format!(
        "<!doctype html><html lang=en><meta name=viewport content='width=device-width'><link rel=icon href=data:,>\
         <title>A page</title><main>{text}</main></html>"
    )
}
