#!/usr/bin/env bash
# Installs holdpoint into a folder of the runner: the release archive where there is one for this
# machine, checked against its SHA-256, else from source by cargo.
set -euo pipefail

version=${VERSION:?the version to install}
if ! [[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]]; then
  echo "::error title=holdpoint::the version must be three numbers, like 0.1.0"
  exit 2
fi
# Already there, as on a runner of your own.
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

folder=${RUNNER_TEMP:-${TMPDIR:-/tmp}}/holdpoint-$version
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
    echo "::error title=holdpoint::there is no checksum for $archive"
    exit 2
  fi
  if command -v sha256sum >/dev/null; then
    actual=$(sha256sum "$folder/$archive")
  else
    actual=$(shasum -a 256 "$folder/$archive")
  fi
  if [[ ${actual%% *} != "$expected" ]]; then
    echo "::error title=holdpoint::the checksum of $archive is not the expected one"
    exit 2
  fi
  tar -xzf "$folder/$archive" -C "$folder/bin" --strip-components 1 "holdpoint-$version-$target/holdpoint"
else
  cargo install holdpoint --locked --version "$version" --root "$folder"
fi
"$folder/bin/holdpoint" --version
echo "$folder/bin" >>"$GITHUB_PATH"
