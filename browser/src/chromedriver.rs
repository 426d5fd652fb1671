use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::Duration,
};

/// How long it may take to start, and to end.
const PATIENCE: Duration = Duration::from_secs(30);

/// What starts browsers, on a port of its own. With it end its browsers.
pub struct Chromedriver {
    port: u16,
    child: Child,
    lines: Receiver<String>,
}

impl Chromedriver {
    /// Starts it and waits until it listens.
    ///
    /// # Panics
    /// When there is none, or it does not start.
    pub fn start() -> Self {
        let mut child = Command::new("chromedriver")
            .args(["--port=0", "--log-level=SEVERE"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("there is chromedriver: scripts/setup-test-tools.sh installs it");
        let out = BufReader::new(child.stdout.take().expect("it is piped"));
        let (line, lines) = mpsc::channel();
        // Reads on until the end, so that it never waits for somebody to read.
        thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|said| line.send(said)));
        let mut driver = Self { port: 0, child, lines };
        driver.port = driver.port_that_it_says();
        driver
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn port_that_it_says(&self) -> u16 {
        loop {
            let line = self.lines.recv_timeout(PATIENCE).expect("chromedriver says where it listens");
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                return port.trim_end_matches('.').parse().expect("a port");
            }
        }
    }

    /// Asks it to end, and its browsers before it.
    fn shut_down(&self) -> std::io::Result<()> {
        let mut wire = TcpStream::connect(("127.0.0.1", self.port))?;
        wire.set_read_timeout(Some(PATIENCE))?;
        wire.write_all(b"GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")?;
        wire.read_to_end(&mut Vec::new()).map(drop)
    }

    /// Its output ends with it.
    fn has_ended(&self) -> bool {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => return true,
                Err(RecvTimeoutError::Timeout) => return false,
            }
        }
    }
}

impl Drop for Chromedriver {
    fn drop(&mut self) {
        if self.shut_down().is_err() || !self.has_ended() {
            // By its id: others may be at work on the same machine.
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}
