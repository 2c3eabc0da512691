#!/usr/bin/env bash
# Writes this gate's comment, or updates the existing one.
set -euo pipefail

comment=${RUNNER_TEMP:-${TMPDIR:-/tmp}}/holdpoint-comment.md
marker='<!-- holdpoint:v1 -->'
: "${GITHUB_REPOSITORY:?}" "${PULL:?the number of the pull request}"
body=$(mktemp)
trap 'rm -f "$body"' EXIT
if [[ -s $comment ]]; then
  # It starts with the marker.
  cat "$comment" >"$body"
else
  printf '%s\nholdpoint reached no verdict; see the log of the job.\n' "$marker" >"$body"
fi
id=$(gh api --paginate "repos/$GITHUB_REPOSITORY/issues/$PULL/comments" \
  --jq ".[] | select(.user.type == \"Bot\" and (.body | startswith(\"$marker\"))) | .id" | head -n 1)
if [[ -n $id ]]; then
  gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" --field "body=@$body"
else
  gh api --silent --method POST "repos/$GITHUB_REPOSITORY/issues/$PULL/comments" --field "body=@$body"
fi
