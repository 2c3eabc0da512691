//! The packages that `deploy/package/build` makes of this very program: each is installed by its own
//! installer and blocks the plan of the README; what is in them, and that their bytes are always the
//! same.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use holdpoint::receipt::sha256;
use serde_json::Value;

use crate::common::{peers, root};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Packs the program into a folder; fast rather than small.
fn build(folder: &Path, settings: &[(&str, &str)]) {
    let mut command = Command::new("python3");
    command.arg(root().join("deploy/package/build")).current_dir(root());
    command.args(["--program", env!("CARGO_BIN_EXE_holdpoint"), "--level", "1", "--libraries"]);
    command.arg("--out").arg(folder).envs(settings.iter().copied());
    let done = command.output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// The folder of the packages, made once; none where there is no Python. The image holds libraries of
/// Linux, and the target is asked of rustc.
fn packed() -> Option<&'static Path> {
    static FOLDER: OnceLock<Option<tempfile::TempDir>> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        peers::program("python3")?;
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        build(folder.path(), &[("SOURCE_DATE_EPOCH", "1700000000")]);
        Some(folder)
    });
    folder.as_ref().map(tempfile::TempDir::path)
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn package(part: &str) -> Option<PathBuf> {
    let folder = packed()?;
    let found: Vec<_> = names(folder).into_iter().filter(|name| name.contains(part)).collect();
    assert_eq!(found.len(), 1, "{part}: {found:?}");
    Some(folder.join(&found[0]))
}

/// Installs one kind of package as a user does, and runs what was installed.
fn installs(kind: &str) {
    let Some(folder) = packed() else { return };
    let done = Command::new("python3")
        .arg(root().join("deploy/package/try"))
        .arg(folder)
        .args(["--only", kind])
        .output()
        .unwrap();
    let text = [done.stdout, done.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    assert!(done.status.success(), "{text}");
    assert_eq!(text, format!("{kind}: installed, holdpoint {VERSION}, blocks the plan\n"));
}

#[test]
fn the_archive_is_unpacked_and_runs() {
    installs("archive");
}

#[test]
fn pip_installs_the_wheel_and_it_runs() {
    let venv = Command::new("python3").args(["-c", "import venv, ensurepip"]).output();
    if !venv.is_ok_and(|done| done.status.success()) {
        return peers::missing("pip");
    }
    installs("wheel");
}

#[test]
fn npm_installs_its_packages_and_they_run() {
    if peers::program("npm").is_some() {
        installs("npm");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_image_is_unpacked_and_runs_inside_as_nobody() {
    let root = Command::new("unshare").args(["--map-root-user", "true"]).output();
    let sudo = Command::new("sudo").args(["-n", "true"]).output();
    if ![root, sudo].into_iter().any(|done| done.is_ok_and(|done| done.status.success())) {
        return peers::missing("chroot");
    }
    installs("image");
}

/// What a package holds, by path.
fn listed(file: &Path) -> BTreeMap<String, Vec<u8>> {
    let script = "
import base64, json, sys, tarfile, zipfile
if sys.argv[1].endswith('.whl'):
    file = zipfile.ZipFile(sys.argv[1])
    entries = [(name, file.read(name)) for name in file.namelist()]
else:
    file = tarfile.open(sys.argv[1])
    entries = [(entry.name, file.extractfile(entry).read()) for entry in file if entry.isfile()]
# A program is known by its first bytes.
print(json.dumps({name: base64.b64encode(data if len(data) < 4000000 else data[:64]).decode() for name, data in entries}))
";
    let done = Command::new("python3").args(["-c", script]).arg(file).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let read: BTreeMap<String, String> = serde_json::from_slice(&done.stdout).unwrap();
    use base64::Engine as _;
    let decode = |text: String| base64::engine::general_purpose::STANDARD.decode(text).unwrap();
    read.into_iter().map(|(name, text)| (name, decode(text))).collect()
}

#[test]
fn every_package_holds_the_licences() {
    let Some(folder) = packed() else { return };
    let mut packages: Vec<_> =
        names(folder).iter().filter(|name| *name != "SHA256SUMS").map(|n| folder.join(n)).collect();
    let layers = tempfile::tempdir().unwrap();
    packages.retain(|file| file.extension().is_none_or(|end| end != "tar"));
    if let Some(image) = package("-image-") {
        // Its layers stand for the image: one of them holds the program.
        let blobs = listed(&image);
        let index: Value = serde_json::from_slice(&blobs["index.json"]).unwrap();
        let at = |entry: &Value| entry["digest"].as_str().unwrap().replace(':', "/");
        let manifest = &blobs[&format!("blobs/{}", at(&index["manifests"][0]))];
        let manifest: Value = serde_json::from_slice(manifest).unwrap();
        let unpacked = Command::new("tar")
            .args(["-xf", image.to_str().unwrap(), "-C", layers.path().to_str().unwrap()])
            .status();
        assert!(unpacked.unwrap().success());
        let top = manifest["layers"].as_array().unwrap().last().unwrap();
        packages.push(layers.path().join("blobs").join(at(top)));
    }
    assert!(packages.len() >= 4, "{packages:?}");
    for file in packages {
        let held = listed(&file);
        let find = |name: &str| {
            let found = held.iter().find(|(path, _)| path.rsplit('/').next() == Some(name));
            found.map(|(_, data)| String::from_utf8_lossy(data).into_owned())
        };
        let shown = file.display();
        assert!(find("LICENSE").is_some_and(|text| text.contains("Apache License")), "{shown}");
        assert!(find("NOTICE.md").is_some_and(|text| text.contains("Act Security")), "{shown}");
        // Only what holds the program holds what it is built of.
        if find("holdpoint.js").is_none() {
            let text = find("THIRD-PARTY.txt").unwrap();
            assert!(text.contains("\nclap 4") && text.contains("\nring 0"), "{shown}");
            assert!(!text.contains("\nsnapbox "), "{shown}: what only tests use is not in it");
            assert!(text.contains("Permission is hereby granted"), "{shown}");
        }
    }
}

#[test]
fn the_archive_is_where_binstall_and_the_action_look_for_it() {
    let Some(file) = package(".tar.gz") else { return };
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    let binstall = &manifest["package"]["metadata"]["binstall"];
    let name = file.file_name().unwrap().to_str().unwrap();
    let target = name.strip_suffix(".tar.gz").unwrap();
    let target = target.strip_prefix(&format!("holdpoint-{VERSION}-")).unwrap();
    let filled = |key: &str| {
        let mut text = binstall[key].as_str().unwrap().to_owned();
        for (word, value) in [
            ("repo", env!("CARGO_PKG_REPOSITORY")),
            ("version", VERSION),
            ("name", "holdpoint"),
            ("target", target),
            ("bin", "holdpoint"),
            ("binary-ext", std::env::consts::EXE_SUFFIX),
        ] {
            text = text.replace(&format!("{{ {word} }}"), value);
        }
        assert!(!text.contains('{'), "{text}");
        text
    };
    let base = concat!(env!("CARGO_PKG_REPOSITORY"), "/releases/download");
    assert_eq!(filled("pkg-url"), format!("{base}/v{VERSION}/{name}"));
    let held = listed(&file);
    assert!(held.contains_key(&filled("bin-dir")), "{:?}", held.keys());
    let action = fs::read_to_string(root().join("integrations/github/install.sh")).unwrap();
    assert!(action.contains("archive=holdpoint-$version-$target.tar.gz") && action.contains(base));
    let top = format!("holdpoint-{VERSION}-{target}");
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let text = &held[&format!("{top}/completions/holdpoint.{shell}")];
        assert!(text.len() > 10_000, "{shell}");
    }
    for page in ["man/holdpoint.1", "man/holdpoint-plan.1", "README.md", "CHANGELOG.md"] {
        assert!(held.contains_key(&format!("{top}/{page}")), "{page}");
    }
}

#[test]
fn the_sums_are_those_of_the_files() {
    let Some(folder) = packed() else { return };
    let text = fs::read_to_string(folder.join("SHA256SUMS")).unwrap();
    let mut seen = vec!["SHA256SUMS".to_owned()];
    for line in text.lines() {
        let (sum, name) = line.split_once("  ").unwrap();
        assert_eq!(sha256(&fs::read(folder.join(name)).unwrap()), sum, "{name}");
        seen.push(name.to_owned());
    }
    assert_eq!(seen, names(folder));
}

#[cfg(target_os = "linux")]
#[test]
fn the_image_runs_what_the_dockerfile_says() {
    let Some(image) = package("-image-") else { return };
    let blobs = listed(&image);
    let read = |entry: &Value| -> Value {
        let path = format!("blobs/{}", entry["digest"].as_str().unwrap().replace(':', "/"));
        serde_json::from_slice(&blobs[&path]).unwrap()
    };
    let index: Value = serde_json::from_slice(&blobs["index.json"]).unwrap();
    let config = read(&read(&index["manifests"][0])["config"]);
    assert_eq!(config["created"], "2023-11-14T22:13:20Z");
    let config = &config["config"];
    assert_eq!(config["User"], "65532:65532");
    assert_eq!(config["Entrypoint"], serde_json::json!(["/holdpoint"]));
    assert_eq!(config["Cmd"], serde_json::json!(["serve", "run-task"]));
    assert_eq!(config["ExposedPorts"], serde_json::json!({"8080/tcp": {}}));
    let variables = serde_json::json!([
        "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt",
        "HOLDPOINT_LISTEN=0.0.0.0:8080"
    ]);
    assert_eq!(config["Env"], variables);
    let labels = config["Labels"].as_object().unwrap();
    assert_eq!(labels["org.opencontainers.image.version"], VERSION);
    assert_eq!(labels["org.opencontainers.image.licenses"], "Apache-2.0");
}

#[test]
fn the_same_input_makes_the_same_bytes() {
    let Some(first) = packed() else { return };
    // Another folder, another hour, another program file with another date.
    let second = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let settings = [("SOURCE_DATE_EPOCH", "1700000000"), ("TZ", "Asia/Tokyo"), ("LC_ALL", "C")];
    build(second.path(), &settings);
    assert_eq!(names(first), names(second.path()));
    for name in names(first) {
        let of = |folder: &Path| sha256(&fs::read(folder.join(&name)).unwrap());
        assert_eq!(of(first), of(second.path()), "{name}");
    }
}

/// Runs Python that has the modules of `deploy/package` at hand.
fn python(script: &str) -> Option<String> {
    peers::program("python3")?;
    let done = Command::new("python3")
        .args(["-B", "-c", script])
        .env("PYTHONPATH", root().join("deploy/package"))
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    Some(String::from_utf8(done.stdout).unwrap())
}

#[test]
fn the_tag_of_the_wheel_promises_no_more_than_the_program_keeps() {
    let script = "
import elf, wheel
needs = lambda i, l, v: setattr(elf, 'needs', lambda _: elf.Needs(i, l, v))
def tag(target='x86_64-unknown-linux-gnu'):
    print(wheel.platform(target, b''))
needs(None, [], []); tag('aarch64-unknown-linux-musl')
needs('/ld', ['libc.so.6', 'libgcc_s.so.1'], ['GLIBC_2.2.5', 'GLIBC_2.34', 'GLIBC_2.4', 'GCC_3.0']); tag()
needs('/ld', ['libc.so.6'], ['GLIBC_2.2.5']); tag()
needs('/ld', ['libc.so.6', 'libssl.so.3'], ['GLIBC_2.34']); tag()
needs('/ld-musl', ['libc.musl-x86_64.so.1'], []); tag('x86_64-unknown-linux-musl')
needs('/ld', ['libc.so.6'], []); tag()
for target in wheel.OTHERS: tag(target)
";
    let Some(tags) = python(script) else { return };
    let expected = [
        "manylinux_2_17_aarch64.musllinux_1_1_aarch64",
        "manylinux_2_34_x86_64",
        "manylinux_2_17_x86_64",
        "linux_x86_64",
        "linux_x86_64",
        "linux_x86_64",
        "macosx_10_12_x86_64",
        "macosx_11_0_arm64",
        "win_amd64",
        "win_arm64",
    ];
    assert_eq!(tags.lines().collect::<Vec<_>>(), expected);
}

/// The program that the tests run is a real one: what the script reads of it, `readelf` reads too.
#[cfg(target_os = "linux")]
#[test]
fn the_needs_of_a_program_are_read_as_binutils_reads_them() {
    if peers::in_path("readelf").is_none() {
        return peers::missing("binutils");
    }
    let program = env!("CARGO_BIN_EXE_holdpoint");
    let script = format!(
        "import elf; needs = elf.needs(open({program:?}, 'rb').read())\n\
         print(needs.interpreter, *needs.libraries)\nprint(*sorted(set(needs.versions)))"
    );
    let Some(read) = python(&script) else { return };
    let readelf = |flag: &str| {
        let done = Command::new("readelf").args([flag, "-W", program]).output().unwrap();
        String::from_utf8_lossy(&done.stdout).into_owned()
    };
    let all = |pattern: &str, text: &str| -> Vec<String> {
        let pattern = regex::Regex::new(pattern).unwrap();
        pattern.captures_iter(text).map(|found| found[1].to_owned()).collect()
    };
    let mut first = all(r"interpreter: ([^\]]+)\]", &readelf("-l"));
    first.extend(all(r"\(NEEDED\).*\[(.+)\]", &readelf("-d")));
    let mut versions = all(r"Name: (G\S+)", &readelf("-V"));
    versions.sort();
    versions.dedup();
    assert!(!first.is_empty() && !versions.is_empty());
    assert_eq!(read, format!("{}\n{}\n", first.join(" "), versions.join(" ")));
}

#[test]
fn a_program_of_another_version_and_a_dynamic_one_are_refused() {
    if peers::program("python3").is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let refused = |program: &str| {
        let done = Command::new("python3")
            .arg(root().join("deploy/package/build"))
            .args(["--program", program, "--level", "1", "--out"])
            .arg(folder.path().join("out"))
            .current_dir(root())
            .output()
            .unwrap();
        assert_eq!(done.status.code(), Some(1), "{program}");
        assert!(names(&folder.path().join("out")).is_empty(), "nothing half made");
        String::from_utf8_lossy(&done.stderr).into_owned()
    };
    let echo = refused("/bin/echo");
    assert!(echo.contains("Cargo.toml says"), "{echo}");
    if cfg!(all(target_os = "linux", target_env = "gnu")) {
        let dynamic = refused(env!("CARGO_BIN_EXE_holdpoint"));
        assert!(dynamic.contains("libc.so.6") && dynamic.contains("--libraries"), "{dynamic}");
    }
}

/// The gate must not be passed by a launcher that starts nothing.
#[test]
fn the_launcher_of_npm_fails_closed() {
    if peers::program("npm").is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = root().join("deploy/package/launcher.js");
    fs::copy(script, folder.path().join("launcher.js")).unwrap();
    let run = || Command::new("node").arg(folder.path().join("launcher.js")).output().unwrap();
    let missing = run();
    assert_eq!(missing.status.code(), Some(2));
    let text = String::from_utf8_lossy(&missing.stderr).into_owned();
    assert!(text.contains("is not installed") && text.contains("help: "), "{text}");
    // Found, and no program: it cannot be started, and that is no pass either.
    let name = Command::new("node").args(["-p", "`${process.platform}-${process.arch}`"]).output();
    let name = String::from_utf8(name.unwrap().stdout).unwrap();
    let home = folder.path().join("node_modules/@holdpoint").join(name.trim()).join("bin");
    fs::create_dir_all(&home).unwrap();
    let program = home.join(format!("holdpoint{}", std::env::consts::EXE_SUFFIX));
    fs::write(&program, "no program").unwrap();
    assert_eq!(run().status.code(), Some(2));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let write = |text: &str| {
            fs::write(&program, text).unwrap();
            fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
            run().status
        };
        assert_eq!(write("#!/bin/sh\nexit 0\n").code(), Some(0));
        assert_eq!(write("#!/bin/sh\nexit 1\n").code(), Some(1));
        let killed = write("#!/bin/sh\nkill -9 $$\n");
        assert_ne!(killed.code(), Some(0), "{killed}");
    }
}
