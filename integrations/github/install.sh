#!/usr/bin/env bash
# Installs holdpoint on a CI machine: the release archive if there is one for this platform, checked
# against its SHA-256, else from source with cargo. VERSION is required; SHA256 pins the archive;
# PREFIX is the folder to install into.
set -euo pipefail

fail() {
  if [[ -n ${GITHUB_ACTIONS:-} ]]; then
    echo "::error title=holdpoint::$1"
  else
    echo "error: $1" >&2
  fi
  exit 2
}

version=${VERSION:?the version to install}
if ! [[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]]; then
  fail "the version must be three numbers, such as 0.1.0"
fi
# Already installed, for example on a self-hosted runner.
if command -v holdpoint >/dev/null && [[ "$(holdpoint --version)" == "holdpoint $version" ]]; then
  exit 0
fi

case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) target=x86_64-unknown-linux-musl ;;
  Linux-aarch64 | Linux-arm64) target=aarch64-unknown-linux-musl ;;
  Darwin-arm64) target=aarch64-apple-darwin ;;
  Darwin-x86_64) target=x86_64-apple-darwin ;;
  *) target= ;;
esac

folder=${PREFIX:-${RUNNER_TEMP:-${TMPDIR:-/tmp}}/holdpoint-$version}
mkdir -p "$folder/bin"
if [[ -n $target ]]; then
  archive=holdpoint-$version-$target.tar.gz
  base=${HOLDPOINT_RELEASES:-https://github.com/holdpoint/holdpoint/releases/download}/v$version
  curl --fail --silent --show-error --location --proto '=https,file' --retry 3 \
    --output "$folder/$archive" "$base/$archive"
  expected=${SHA256:-}
  if [[ -z $expected ]]; then
    curl --fail --silent --show-error --location --proto '=https,file' --retry 3 \
      --output "$folder/SHA256SUMS" "$base/SHA256SUMS"
    expected=$(awk -v name="$archive" '$2 == name { print $1 }' "$folder/SHA256SUMS")
  fi
  if ! [[ $expected =~ ^[0-9a-f]{64}$ ]]; then
    fail "there is no checksum for $archive"
  fi
  if command -v sha256sum >/dev/null; then
    actual=$(sha256sum "$folder/$archive")
  else
    actual=$(shasum -a 256 "$folder/$archive")
  fi
  if [[ ${actual%% *} != "$expected" ]]; then
    fail "the checksum of $archive does not match"
  fi
  tar -xzf "$folder/$archive" -C "$folder/bin" --strip-components 1 "holdpoint-$version-$target/holdpoint"
else
  cargo install holdpoint --locked --version "$version" --root "$folder"
fi
"$folder/bin/holdpoint" --version
# Later steps find it: on GitHub, on Azure Pipelines; elsewhere the caller sets PATH.
if [[ -n ${GITHUB_PATH:-} ]]; then
  echo "$folder/bin" >>"$GITHUB_PATH"
elif [[ -n ${TF_BUILD:-} ]]; then
  echo "##vso[task.prependpath]$folder/bin"
else
  echo "installed to $folder/bin"
fi
