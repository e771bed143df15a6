#!/bin/sh
# Start a promotion from CI where Promontory is not installed: curl and a POSIX shell are enough.
#
#   PREFECT_API_URL=https://prefect.acme.example/api deployments/ci/trigger.sh web-app v1.3.0 staging [KEY]
#
# KEY makes a repeated job start one run only, e.g. the CI job's id. PREFECT_API_AUTH_STRING (user:password) is sent
# where it is set. Prints the flow run's id. It does not wait: `promontory trigger --wait` does, with exit codes.
set -eu

fail() { echo "trigger.sh: $*" >&2; exit 2; }

[ $# -ge 3 ] || fail "usage: trigger.sh APPLICATION RELEASE ENVIRONMENT [KEY]"
[ -n "${PREFECT_API_URL:-}" ] || fail "PREFECT_API_URL is not set"
for value in "$@"; do
  # What can go into a JSON string as it stands; names, versions, digests and ranges of versions need no more.
  case $value in '' | *[!A-Za-z0-9._+:@/' <>=~^*|,!'-]*) fail "'$value' has characters that no name, release or key has" ;; esac
done

# Credentials go in by a file, not by the command line, where every process on the machine could read them.
call() {
  if [ -n "${PREFECT_API_AUTH_STRING:-}" ]; then
    printf 'user = "%s"\n' "$PREFECT_API_AUTH_STRING" | curl --config - -fsS "$@"
  else
    curl -fsS "$@"
  fi
}

id_of() { sed -n 's/^{"id":"\([0-9a-f-]*\)".*/\1/p'; }

deployment=$(call "$PREFECT_API_URL/deployments/name/promote/promote" | id_of)
[ -n "$deployment" ] || fail "no deployment promote/promote at $PREFECT_API_URL"
key=${4:+"\"idempotency_key\": \"$1 $2 $3 $4\","}
body="{$key \"parameters\": {\"application\": \"$1\", \"release\": \"$2\", \"to\": \"$3\", \"requested_by\": \"ci\"}}"
run=$(call "$PREFECT_API_URL/deployments/$deployment/create_flow_run" -H 'content-type: application/json' -d "$body" |
  id_of)
[ -n "$run" ] || fail "the run was not started"
echo "$run"
