//! What a name leads to when it is called.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex},
};

use axum::{Router, http::header, routing::get};
use tokio::{net::TcpListener, sync::mpsc};

use super::{
    super::{Guard, Kind, Lookup, Refused},
    opening,
};
use crate::{Client, Fault, Request};

/// A DNS that gives these answers one after the other, and nothing after that.
fn dns(answers: &[&[&str]]) -> Lookup {
    let parsed =
        |answer: &&[&str]| -> Vec<IpAddr> { answer.iter().map(|address| address.parse().unwrap()).collect() };
    let answers = Mutex::new(answers.iter().map(parsed).collect::<Vec<_>>().into_iter());
    Arc::new(move |_| {
        let answer = answers.lock().unwrap().next();
        Box::pin(async move {
            let answer = answer.ok_or_else(|| io::Error::other("asked once too often"))?;
            Ok(answer.into_iter().map(|address| SocketAddr::new(address, 0)).collect())
        })
    })
}

/// A server on this address of the machine, on the same port as another; who came there is heard.
async fn serve(address: &str, port: u16) -> (u16, mpsc::UnboundedReceiver<SocketAddr>) {
    let listener = TcpListener::bind((address, port)).await.unwrap();
    let bound = listener.local_addr().unwrap();
    let (came, heard) = mpsc::unbounded_channel();
    let answer = move || {
        came.send(bound).unwrap();
        async { ([(header::CONNECTION, "close")], "here") }
    };
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/", get(answer))).await });
    (bound.port(), heard)
}

async fn call(guard: &Guard, dns: Lookup, url: &str) -> Result<Vec<u8>, Fault> {
    let client = Client::looking_up("a-test", guard.clone(), dns).unwrap();
    client.send(Request::get(url).unwrap()).await.map(|answer| answer.body)
}

/// A client that may call `gitlab.internal` without TLS, for which our servers have no certificates, but whose look-up
/// knows of these addresses alone: as if the name were not opened, which would open all of loopback.
fn narrow(addresses: &[&str], dns: Lookup) -> Client {
    let mut client = Client::looking_up("a-test", opening(addresses), dns).unwrap();
    client.guard = opening(&["gitlab.internal"]);
    client
}

fn leads(kind: Kind) -> Fault {
    Fault::Refused(Refused::Leads(kind))
}

#[tokio::test]
async fn a_name_that_leads_to_what_is_not_public_is_not_called() {
    for (address, kind) in [
        ("127.0.0.1", Kind::ThisMachine),
        ("::1", Kind::ThisMachine),
        ("::ffff:127.0.0.1", Kind::ThisMachine),
        ("10.0.0.1", Kind::Private),
        ("fd00::1", Kind::Private),
        ("100.64.0.1", Kind::Shared),
        ("169.254.1.1", Kind::LinkLocal),
        ("169.254.169.254", Kind::Metadata),
        ("0.0.0.0", Kind::ThisNetwork),
        ("64:ff9b::10.0.0.1", Kind::Private),
    ] {
        let called = call(&Guard::default(), dns(&[&[address]]), "https://innocent.example/").await;
        assert_eq!(called.unwrap_err(), leads(kind), "{address}");
    }
}

#[tokio::test]
async fn a_host_that_is_an_address_is_judged_although_nobody_looks_it_up() {
    let (port, mut heard) = serve("127.0.0.1", 0).await;
    for host in ["127.0.0.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"] {
        let called = call(&Guard::default(), dns(&[]), &format!("http://{host}:{port}/")).await;
        assert_eq!(called.unwrap_err(), leads(Kind::ThisMachine), "{host}");
    }
    assert!(heard.try_recv().is_err(), "nobody came");
}

#[tokio::test]
async fn a_name_that_leads_elsewhere_the_second_time_is_not_called_there() {
    // 127.0.0.2 stands for the public address that the attacker's DNS gives first, 127.0.0.1 for what he is after.
    let (port, mut wanted) = serve("127.0.0.1", 0).await;
    let (_, mut harmless) = serve("127.0.0.2", port).await;
    let client = narrow(&["127.0.0.2"], dns(&[&["127.0.0.2"], &["127.0.0.1"]]));
    let url = format!("http://gitlab.internal:{port}/");

    let first = client.send(Request::get(&url).unwrap()).await.unwrap();
    assert_eq!(first.body, b"here");
    let second = client.send(Request::get(&url).unwrap()).await;
    assert_eq!(second.unwrap_err(), leads(Kind::ThisMachine));
    assert!(harmless.try_recv().is_ok() && harmless.try_recv().is_err(), "the harmless one was called once");
    assert!(wanted.try_recv().is_err(), "nobody came to the other");
}

#[tokio::test]
async fn the_connection_goes_to_the_address_that_was_judged() {
    let (port, mut judged) = serve("127.0.0.3", 0).await;
    let (_, mut other) = serve("127.0.0.1", port).await;
    // The DNS would answer the other address if it were asked again, and refuses a third time.
    let url = format!("http://gitlab.internal:{port}/");
    let asked_twice = dns(&[&["127.0.0.3"], &["127.0.0.1"]]);
    assert_eq!(call(&opening(&["gitlab.internal"]), asked_twice, &url).await.unwrap(), b"here");
    assert!(judged.try_recv().is_ok() && other.try_recv().is_err());
}

#[tokio::test]
async fn of_several_addresses_only_those_that_may_be_called_are() {
    let (port, mut good) = serve("127.0.0.4", 0).await;
    let (_, mut bad) = serve("127.0.0.5", port).await;
    let url = format!("http://gitlab.internal:{port}/");
    let mixed = dns(&[&["127.0.0.5", "169.254.169.254", "127.0.0.4", "0.0.0.0"]]);
    let called = narrow(&["127.0.0.4"], mixed).send(Request::get(&url).unwrap()).await;
    assert_eq!(called.unwrap().body, b"here");
    assert!(good.try_recv().is_ok() && bad.try_recv().is_err());
}

#[tokio::test]
async fn a_host_that_is_opened_by_name_may_be_beside_us_and_not_the_metadata() {
    let guard = opening(&["gitlab.internal"]);
    let url = "https://gitlab.internal/";
    let judged = |address: &str| {
        guard.judge_addresses("gitlab.internal", vec![SocketAddr::new(address.parse().unwrap(), 0)])
    };
    for beside in ["10.0.0.1", "127.0.0.1", "100.64.0.1", "fd00::1", "8.8.8.8"] {
        assert_eq!(judged(beside).unwrap().len(), 1, "{beside}");
    }
    for (address, kind) in [("169.254.169.254", Kind::Metadata), ("fe80::1", Kind::LinkLocal)] {
        assert_eq!(call(&guard, dns(&[&[address]]), url).await.unwrap_err(), leads(kind));
    }
}

#[test]
fn a_network_opens_its_addresses_under_any_name() {
    let found = ["10.1.0.1", "10.2.0.1", "169.254.169.254", "8.8.8.8"];
    let found: Vec<SocketAddr> =
        found.iter().map(|address| SocketAddr::new(address.parse().unwrap(), 0)).collect();
    let good = opening(&["10.1.0.0/16"]).judge_addresses("any.example", found).unwrap();
    let good: Vec<_> = good.iter().map(|address| address.ip().to_string()).collect();
    assert_eq!(good, ["10.1.0.1", "8.8.8.8"]);
}

#[tokio::test]
async fn a_fault_of_the_guard_names_the_setting_and_no_address() {
    let fault = call(&Guard::default(), dns(&[&["10.11.12.13"]]), "https://hush.example/").await.unwrap_err();
    assert_eq!(
        fault.to_string(),
        "its address leads to a private network; outgoing.allowed opens hosts and networks"
    );
    let fault = call(&Guard::default(), dns(&[]), "http://hush.example/").await.unwrap_err();
    assert_eq!(fault, Fault::Refused(Refused::Plain));
}

#[tokio::test]
async fn a_name_that_nobody_knows_is_unreachable() {
    let called = call(&Guard::default(), dns(&[&[]]), "https://nowhere.example/").await;
    assert!(matches!(called, Err(Fault::Unreachable(_))), "{called:?}");
}
