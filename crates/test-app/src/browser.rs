use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{Arc, Mutex},
};

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Method, Response, header},
};
use bailiwick::listen::Peer;
use reqwest::redirect::Policy;
use time_and_chance::Duration;
use url::form_urlencoded;

use crate::{Answer, TestApp, eventually};

/// A person's browser, as far as pages without scripts need one: it keeps cookies and sends forms.
#[derive(Clone)]
pub struct Browser<'a> {
    pub(crate) app: &'a TestApp,
    pub(crate) cookies: Arc<Mutex<BTreeMap<String, String>>>,
    pub(crate) address: Option<IpAddr>,
    pub(crate) server: Option<String>,
}

impl TestApp {
    /// A browser without any cookie.
    pub fn browser(&self) -> Browser<'_> {
        Browser { app: self, cookies: Arc::default(), address: None, server: None }
    }
}

impl Browser<'_> {
    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().expect("nobody panics with it").get(name).cloned()
    }

    /// Puts a cookie there.
    pub fn keep(&self, name: &str, value: &str) {
        self.cookies.lock().expect("nobody panics with it").insert(name.to_owned(), value.to_owned());
    }

    /// Takes a cookie away.
    pub fn forget(&self, name: &str) {
        self.cookies.lock().expect("nobody panics with it").remove(name);
    }

    /// The same browser, whose requests come to this node.
    pub fn on<'b>(&self, node: &'b TestApp) -> Browser<'b> {
        let (cookies, server) = (Arc::clone(&self.cookies), self.server.clone());
        Browser { app: node, cookies, address: self.address, server }
    }

    /// The same browser, whose requests go over the wire to a server at this address: a process of its own on the same database.
    #[must_use]
    pub fn at_server(&self, url: &str) -> Self {
        Self { server: Some(url.to_owned()), ..self.clone() }
    }

    /// Opens an address, and does not follow where it leads.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, HeaderMap::new(), String::new()).await
    }

    /// Opens an address and follows it to the page that it leads to.
    pub async fn open(&self, path: &str) -> Answer {
        let answer = self.get(path).await;
        self.follow(answer).await
    }

    /// Sends a form from a page of ours, and does not follow.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut headers = HeaderMap::new();
        let origin = HeaderValue::try_from(&self.app.app.public_url).expect("an origin is visible ASCII");
        headers.insert(header::ORIGIN, origin);
        self.post_with(path, headers, fields).await
    }

    /// Sends a form with these headers.
    pub async fn post_with(&self, path: &str, headers: HeaderMap, fields: &[(&str, &str)]) -> Answer {
        // People take time to fill in a form, and mails are read in the order of their times.
        self.app.clock.pass(Duration::from_secs(1));
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send(Method::POST, path, headers, body).await
    }

    /// Sends a form, and follows it to the page that it leads to.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let answer = self.post(path, fields).await;
        self.follow(answer).await
    }

    async fn follow(&self, mut answer: Answer) -> Answer {
        for _ in 0..10 {
            if !answer.status.is_redirection() {
                return answer;
            }
            let there = answer.headers[header::LOCATION].to_str().expect("visible ASCII").to_owned();
            let path = there.strip_prefix(&self.app.app.public_url).unwrap_or(&there).to_owned();
            answer = self.get(&path).await;
        }
        panic!("it leads round in a circle");
    }

    async fn send(&self, method: Method, path: &str, mut headers: HeaderMap, body: String) -> Answer {
        let all: Vec<String> = {
            let cookies = self.cookies.lock().expect("nobody panics with it");
            cookies.iter().map(|(name, value)| format!("{name}={value}")).collect()
        };
        if !all.is_empty() {
            headers.insert(header::COOKIE, HeaderValue::try_from(all.join("; ")).expect("visible ASCII"));
        }
        let host = self.app.app.public_url.split_once("://").expect("an address").1;
        headers.entry(header::HOST).or_insert(HeaderValue::try_from(host).expect("visible ASCII"));
        headers.insert(header::ACCEPT, HeaderValue::from_static("text/html"));
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        headers
            .entry(header::USER_AGENT)
            .or_insert(HeaderValue::from_static("Mozilla/5.0 (X11; Linux) Firefox/140.0"));
        let path = path.split('#').next().unwrap_or_default();
        let peer = self.address.map_or_else(Peer::of_this_machine, |address| Peer { address, tls: true });
        let answer = match &self.server {
            Some(url) => over_the_wire(method, &format!("{url}{path}"), headers, body).await,
            None => self.app.pass(peer, method, path, headers, body.into_bytes().into()).await,
        };
        self.take_cookies(&answer);
        answer
    }

    fn take_cookies(&self, answer: &Answer) {
        let mut cookies = self.cookies.lock().expect("nobody panics with it");
        for value in answer.headers.get_all(header::SET_COOKIE) {
            let text = value.to_str().expect("visible ASCII");
            let (name, rest) = text.split_once('=').expect("a cookie has a name");
            let value = rest.split(';').next().unwrap_or_default();
            if text.contains("Max-Age=0") || value.is_empty() {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

async fn over_the_wire(method: Method, url: &str, headers: HeaderMap, body: String) -> Answer {
    let client = reqwest::Client::builder().redirect(Policy::none()).build().expect("a client");
    let answer = client.request(method, url).headers(headers).body(body).send().await.expect("an answer");
    Answer::read(Response::<reqwest::Body>::from(answer).map(Body::new)).await
}

/// The password that people of a story choose.
pub const PASSWORD: &str = "seven mossy stones in a row";

impl Browser<'_> {
    /// Comes as the first owner of a workspace, by an owner's link, and answers the path of the workspace's home.
    pub async fn come_as_owner(&self, link: &str, mail: &str) -> String {
        let path = link.strip_prefix(&self.app.app.public_url).expect("a link of ours");
        let fields = [("name", "Ana Lovelace"), ("mail", mail), ("password", PASSWORD)];
        self.submit(path, &fields).await.with_status(200);
        let answer = self.types_code(&self.mailed_code(mail).await).await;
        answer.leads_to().split('?').next().unwrap_or_default().to_owned()
    }

    /// Signs somebody in who has this password and nothing but mail besides.
    pub async fn sign_in(&self, mail: &str, password: &str) -> Answer {
        self.submit("/sign-in", &[("mail", mail), ("password", password)]).await.with_status(200);
        self.submit("/sign-in/code", &[("code", &self.mailed_code(mail).await)]).await
    }

    /// The code of the newest mail to this address.
    pub async fn mailed_code(&self, mail: &str) -> String {
        let text = self.mailed(mail).await;
        let code = text
            .lines()
            .map(str::trim)
            .find(|line| line.len() == 9 && line.chars().filter(char::is_ascii_digit).count() == 8);
        code.expect("a code in the mail").to_owned()
    }

    /// The path of the link in the newest mail to this address.
    pub async fn mailed_link(&self, mail: &str) -> String {
        let text = self.mailed(mail).await;
        let url = &self.app.app.public_url;
        let link = text.lines().map(str::trim).find_map(|line| line.strip_prefix(url.as_str()));
        link.expect("a link in the mail").to_owned()
    }

    /// The newest mail to this address.
    pub async fn mailed(&self, mail: &str) -> String {
        if self.server.is_some() {
            // It has a clock of its own, and would find what this one writes earlier or later than its own.
            let most = Duration::from_mins(1);
            eventually(most, "the server is done", async || self.app.jobs().await.is_empty()).await;
        } else {
            self.app.work_off().await;
        }
        let mails = self.app.mails();
        mails.iter().rev().find(|one| one.to.contains(mail)).expect("a mail to this address").text.clone()
    }
}
