#!/usr/bin/env bash
# Checks the plan, or verifies it against a receipt. Exits with holdpoint's exit code.
set -euo pipefail

: "${PLAN:?the plan to check}"
options=()
if [[ -n ${CONFIG:-} ]]; then
  options+=(--config "$CONFIG")
fi
code=0
if [[ -n ${VERIFY:-} ]]; then
  holdpoint receipt verify "$VERIFY" --plan "$PLAN" --max-age "${MAX_AGE:-24h}" "${options[@]}" || code=$?
else
  if [[ -n ${RECEIPT:-} ]]; then
    options+=(--receipt "$RECEIPT")
  fi
  if [[ -n ${SOURCE:-} ]]; then
    options+=(--source "$SOURCE")
  fi
  comment=${RUNNER_TEMP:-${TMPDIR:-/tmp}}/holdpoint-comment.md
  rm -f "$comment" "${SARIF:-holdpoint.sarif}"
  holdpoint plan "$PLAN" \
    --format human --format github \
    --format "sarif=${SARIF:-holdpoint.sarif}" --format "markdown=$comment" \
    "${options[@]}" || code=$?
fi
echo "exit-code=$code" >>"$GITHUB_OUTPUT"
exit "$code"
