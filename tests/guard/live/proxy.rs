//! A small HTTP proxy before the AWS of a test: counts calls, and makes them late, throttled, lost on
//! the way there or lost on the way back.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It goes through.
    Pass,
    /// It is refused, and not carried out.
    Throttled,
    /// It is not carried out, and the service is ill.
    LostThere,
    /// It is carried out, and the answer is an error of the service.
    LostBack,
    /// It is carried out, and there is no answer.
    Broken,
}

/// Decides by the call's name and its number among all calls, from 1.
type Decide = dyn Fn(&str, usize) -> Fate + Send + Sync;

/// The proxy.
pub(crate) struct Proxy {
    /// Where it listens.
    pub(crate) endpoint: String,
    counts: Arc<Mutex<BTreeMap<String, usize>>>,
}

impl Proxy {
    /// Stands before an address, `127.0.0.1:5000`.
    pub(crate) fn before(
        behind: &str,
        late: Duration,
        decide: impl Fn(&str, usize) -> Fate + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let counts: Arc<Mutex<BTreeMap<String, usize>>> = Arc::default();
        let (shared, behind) = (Arc::clone(&counts), behind.to_owned());
        let decide: Arc<Decide> = Arc::new(decide);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (shared, behind) = (Arc::clone(&shared), behind.clone());
                let decide = Arc::clone(&decide);
                std::thread::spawn(move || {
                    // The other side may be killed in the middle: that is what is tested.
                    let _ = relay(stream.unwrap(), &behind, late, &shared, &*decide);
                });
            }
        });
        Self { endpoint, counts }
    }

    /// How often a call was carried out or refused, by its name.
    pub(crate) fn count(&self, action: &str) -> usize {
        self.counts.lock().unwrap().get(action).copied().unwrap_or(0)
    }
}

fn relay(
    mut stream: TcpStream,
    behind: &str,
    late: Duration,
    counts: &Mutex<BTreeMap<String, usize>>,
    decide: &Decide,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut head, mut length, mut target) = (String::new(), 0, String::new());
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let lower = line.to_ascii_lowercase();
        if let Some(text) = lower.strip_prefix("content-length:") {
            length = text.trim().parse().unwrap();
        }
        if lower.starts_with("x-amz-target:") {
            target = line.rsplit('.').next().unwrap().trim().to_owned();
        }
        if line == "\r\n" {
            break;
        }
        // One call a connection keeps this short.
        if !lower.starts_with("connection:") {
            head.push_str(&line);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let text = String::from_utf8_lossy(&body);
    let query = text.split('&').find_map(|field| field.strip_prefix("Action="));
    let action = query.map_or(target.clone(), str::to_owned);
    let number = {
        let mut counts = counts.lock().unwrap();
        *counts.entry(action.clone()).or_default() += 1;
        *counts.entry("all".to_owned()).or_default() += 1;
        counts["all"]
    };
    std::thread::sleep(late);
    let fate = decide(&action, number);
    let answer = match fate {
        Fate::Throttled if target.is_empty() => response(
            400,
            "text/xml",
            "<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code>\
             <Message>Rate exceeded</Message></Error><RequestId>x</RequestId></ErrorResponse>",
        ),
        Fate::Throttled => response(
            400,
            "application/x-amz-json-1.1",
            r#"{"__type":"TooManyRequestsException","Message":"Rate exceeded"}"#,
        ),
        Fate::LostThere => response(503, "text/plain", "ill"),
        Fate::Pass | Fate::LostBack | Fate::Broken => {
            let mut other = TcpStream::connect(behind)?;
            other.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes())?;
            other.write_all(&body)?;
            let mut answer = Vec::new();
            other.read_to_end(&mut answer)?;
            match fate {
                Fate::Pass => answer,
                Fate::LostBack => response(500, "text/html", "<html>ill</html>"),
                _ => Vec::new(),
            }
        }
    };
    stream.write_all(&answer)
}

fn response(status: u16, kind: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
