//! The AWS of the live tests: moto from the folder that `HOLDPOINT_AWS_PEERS` names, one for all
//! tests of a process, empty at the start of each.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::common::{self, Run};

/// The role that may change the guard.
pub(crate) const TERRAFORM: &str = "arn:aws:iam::123456789012:role/ci/Terraform";
/// The role for emergencies.
pub(crate) const BREAK_GLASS: &str = "arn:aws:iam::123456789012:role/emergency/BreakGlass";

/// An AWS, and a folder to work in.
pub(crate) struct Rig {
    peers: PathBuf,
    /// Its address: `127.0.0.1:5000`.
    pub(crate) address: String,
    /// The folder.
    pub(crate) folder: tempfile::TempDir,
    credentials: Vec<(String, String)>,
    _alone: MutexGuard<'static, ()>,
}

/// The folder that the peers are installed in.
pub(crate) fn peers(program: &str) -> Option<PathBuf> {
    let name = program.trim_end_matches("_server");
    let found = common::peers::below(name, "HOLDPOINT_AWS_PEERS", &format!("bin/{program}"))?;
    Some(found.ancestors().nth(2)?.to_owned())
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Waits until somebody listens.
pub(crate) fn wait_for(address: &str) {
    let start = Instant::now();
    while std::net::TcpStream::connect(address).is_err() {
        assert!(start.elapsed() < Duration::from_secs(90), "{address} does not answer");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// One moto for all tests. It ends with the process: its standard input is ours.
fn moto(peers: &Path) -> String {
    static ADDRESS: OnceLock<String> = OnceLock::new();
    ADDRESS
        .get_or_init(|| {
            let port = free_port();
            // The server itself never ends; a watcher beside it sees the end of the test.
            let script = r#""$0" -H 127.0.0.1 -p "$1" >/dev/null 2>&1 & child=$!; cat >/dev/null; kill "$child""#;
            let child = Command::new("bash")
                .args(["-c", script])
                .arg(peers.join("bin/moto_server"))
                .arg(port.to_string())
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            // Held open until the process ends.
            std::mem::forget(child);
            let address = format!("127.0.0.1:{port}");
            wait_for(&address);
            address
        })
        .clone()
}

/// Asks the rig's script about an AWS.
pub(crate) fn ask(peers: &Path, endpoint: &str, args: &[&str]) -> Value {
    let output = Command::new(peers.join("bin/python"))
        .arg(common::root().join(".ci/aws/rig.py"))
        .arg(endpoint)
        .args(args)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .output()
        .unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

impl Rig {
    /// An empty AWS; none when moto is not installed.
    pub(crate) fn new() -> Option<Self> {
        static ALONE: Mutex<()> = Mutex::new(());
        let peers = peers("moto_server")?;
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let address = moto(&peers);
        let rig = Self {
            peers,
            address,
            folder: common::scratch(),
            credentials: Vec::new(),
            _alone: alone,
        };
        rig.reset();
        Some(rig)
    }

    fn reset(&self) {
        use std::io::{Read, Write};
        let mut stream = std::net::TcpStream::connect(&self.address).unwrap();
        let request = "POST /moto-api/reset HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }

    /// The address as a URL.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Asks the rig's script.
    pub(crate) fn ask(&self, args: &[&str]) -> Value {
        ask(&self.peers, &self.endpoint(), args)
    }

    /// From now on as this role.
    pub(crate) fn become_role(&mut self, arn: &str) {
        let variables = self.ask(&["assume", arn]);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        self.credentials = variables
            .as_object()
            .unwrap()
            .iter()
            .map(|(key, value)| (key.clone(), text(value)))
            .collect();
    }

    /// Sets a variable for all runs.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.credentials.push((name.to_owned(), value.to_owned()));
    }

    /// `holdpoint guard ...` against an address.
    pub(crate) fn command(&self, endpoint: &str, args: &[&str]) -> Command {
        let mut command = common::holdpoint(self.folder.path());
        command
            .arg("guard")
            .args(args)
            .env("AWS_ENDPOINT_URL", endpoint)
            .env("AWS_REGION", "us-east-1")
            // No file and no address of this machine is asked for credentials.
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_CONFIG_FILE", self.folder.path().join("none"))
            .env("AWS_SHARED_CREDENTIALS_FILE", self.folder.path().join("none"))
            .envs(self.credentials.iter().map(|(key, value)| (key, value)));
        command
    }

    /// Runs it.
    pub(crate) fn run(&self, args: &[&str]) -> Run {
        self.command(&self.endpoint(), args).output().unwrap().into()
    }

    /// Runs it, and holds it to an exit code.
    pub(crate) fn expect(&self, code: i32, args: &[&str]) -> Run {
        let run = self.run(args);
        assert_eq!(run.code, Some(code), "{args:?}\n{}\n{}", run.stdout, run.stderr);
        run
    }
}
