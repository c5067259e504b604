#!/usr/bin/env bash
# The checks behind `make test`, cheapest first; each under a heading, ending with what to do next.
# What they find depends on the commit alone: only `long` takes EFFORT (repetitions) and SEED (what chance begins with).
#   checks.sh lint | types | quick | all | long
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit
readonly BIN=.venv/bin

check() { # heading, then the command; the first one that fails ends the run
    local heading=$1 begun=$SECONDS
    shift
    printf '\n== %s\n   %s\n' "$heading" "$*"
    if ! "$@"; then
        printf '\nFAILED: %s\n  -> Mend what it says above. This step alone:  %s\n' "$heading" "$*" >&2
        exit 1
    fi
    printf '   ok, %d s\n' $((SECONDS - begun))
}

tests() { # heading, pytest's own options in one word each, then folders; only those that exist
    local heading=$1 options=$2 folders=()
    shift 2
    for folder in "$@"; do
        [ -d "$folder" ] && folders+=("$folder")
    done
    # shellcheck disable=SC2086  # the options are words
    [ ${#folders[@]} -eq 0 ] || check "$heading" $BIN/python -m pytest $options "${folders[@]}"
}

lint() {
    check "Style" $BIN/ruff check -q .
    check "Format" $BIN/ruff format --check -q .
    check "Import rules" $BIN/lint-imports --no-cache
}
types() { check "Types" $BIN/mypy; }
quick() { tests "Rules, house rules, contracts, simulation (no server)" "${1:-}" tests/unit tests/tidy tests/contracts \
    tests/simulation; }
stories() { tests "On PostgreSQL and RabbitMQ: storage, scenarios, malicious input (a stack of its own in .run/test)" \
    "${1:-}" tests/integration tests/scenarios tests/malicious; }
troubles() { tests "On PostgreSQL and RabbitMQ: the model, crashes, races, outages (a stack of its own in ${TEST_RUN:-.run/test})" \
    "${1:-}" tests/model tests/faults; }

side_by_side() { # what needs no server on the screen, in one process, because both stacks beside it keep two cores busy
    local run=${TEST_RUN:-$PWD/.run/test} lanes=() status=0
    mkdir -p "${run%/*}"
    printf '\n   Beside what follows, each on a stack of its own: %s.log, %s.log\n' "$run" "$run-troubles"
    set -m # groups of their own, so that an interrupt can be passed on
    (TEST_RUN=$run stories) >"$run.log" 2>&1 &
    lanes+=($!)
    (TEST_RUN=$run-troubles troubles) >"$run-troubles.log" 2>&1 &
    lanes+=($!)
    set +m
    # shellcheck disable=SC2064  # these lanes
    trap "interrupt ${lanes[*]}; exit 130" INT TERM
    (types && quick) || { interrupt "${lanes[@]}" && exit 1; }
    tail -n +1 -f --pid="${lanes[0]}" "$run.log"
    wait "${lanes[0]}" || status=1
    wait "${lanes[1]}" || status=1
    trap - INT TERM
    cat "$run-troubles.log"
    return "$status"
}

interrupt() { # each of these groups; returns when their stacks are down
    local lane
    for lane in "$@"; do kill -INT -- "-$lane" 2>/dev/null; done
    wait "$@"
    return 0
}

[ "${1:-all}" = long ] || unset EFFORT SEED
case ${1:-all} in
lint) lint ;;
types) types ;;
quick) lint && types && quick "-n 2" ;;
all) lint && side_by_side || exit 1 ;;
long)
    export EFFORT=${EFFORT:-20} SEED=${SEED:-$((RANDOM * 32768 + RANDOM + 1))}
    trap 'printf "\nThe same again:  make test-long EFFORT=%s SEED=%s\n" "$EFFORT" "$SEED"' EXIT
    printf 'With large numbers (EFFORT=%s) and other chance (SEED=%s): this takes its time.\n' "$EFFORT" "$SEED"
    quick "-n 2" && stories -v && troubles -v
    ;;
*) echo "checks.sh lint | types | quick | all | long" >&2 && exit 2 ;;
esac
printf '\nAll good after %d s.\n' "$SECONDS"
