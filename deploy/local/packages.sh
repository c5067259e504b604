# shellcheck shell=bash
# The Debian packages of the servers: which are missing, and how to install them without starting anything.
# Sourced by setup.sh, which defines say and fail.

readonly POLICY=/usr/sbin/policy-rc.d
readonly CREATECLUSTER=/etc/postgresql-common/createcluster.d
readonly DROP_IN=$CREATECLUSTER/zz-holdfast.conf

missing_packages() { # judged by the programs, so that any PostgreSQL version and any flavour of nginx will do
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || echo postgresql-15
    compgen -G '/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server' >/dev/null || echo rabbitmq-server
    [ -x /usr/sbin/nginx ] || command -v nginx >/dev/null || echo nginx-light
}

install_packages() {
    local command="apt-get install -y --no-install-recommends $*"
    if [ "$(id -u)" != 0 ]; then
        fail "these Debian packages are missing: $*" \
            "Only root can install them. Ask for, or run:  sudo $command" "Then run the same command again."
    fi
    command -v apt-get >/dev/null ||
        fail "these packages are missing and there is no apt-get here: $*" "Install them by hand, then run the same command again."
    say "Debian packages: installing $* (no system service is started)"
    local units
    units=$(enabled_units)
    forbid_starting
    run_apt "$@"
    allow_starting
    trap - EXIT
    disable_new_units "$units"
}

forbid_starting() { # both files are taken away again, whatever happens
    made=()
    saved=
    trap allow_starting EXIT
    if [ -e $POLICY ]; then
        saved=$(mktemp -d)
        mv $POLICY "$saved/policy-rc.d"
    fi
    printf '#!/bin/sh\nexit 101\n' >$POLICY
    chmod 755 $POLICY
    local directory
    for directory in /etc/postgresql-common $CREATECLUSTER; do
        [ -d "$directory" ] || { mkdir "$directory" && made=("$directory" "${made[@]}"); }
    done
    echo 'create_main_cluster = false' >$DROP_IN
}

allow_starting() {
    rm -f $POLICY $DROP_IN
    if [ -n "$saved" ]; then
        mv "$saved/policy-rc.d" $POLICY
        rmdir "$saved"
    fi
    saved=
    rmdir "${made[@]}" 2>/dev/null || true # not empty any more: now it is the package's
}

run_apt() {
    local log
    log=$(mktemp)
    export DEBIAN_FRONTEND=noninteractive
    # A first try with the lists at hand; lists that are missing or too old are fetched and it is tried once more.
    if ! quiet_apt "$log" install -y --no-install-recommends "$@"; then
        say "  fetching the package lists"
        if ! { quiet_apt "$log" update && quiet_apt "$log" install -y --no-install-recommends "$@"; }; then
            fail "apt-get install $* did not work. Its last lines:" "$(tail -n 12 "$log")" \
                "The whole output is in $log. Mend what it names, then run the same command again."
        fi
    fi
    rm -f "$log"
}

quiet_apt() { # log file, then apt-get's arguments; shows one line per package
    local log=$1
    shift
    apt-get -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120 "$@" 2>&1 </dev/null | tee "$log" |
        { grep --line-buffered -E '^(Setting up|Need to get)' || true; } | sed -u 's/^/  /' >&2
}

enabled_units() {
    command -v systemctl >/dev/null || return 0
    systemctl list-unit-files --state=enabled --no-legend --plain 'rabbitmq-server*' 'nginx*' 'epmd*' 'postgresql*' 2>/dev/null |
        awk '{print $1}'
}

disable_new_units() { # a package enables its service for the next boot; Holdfast brings its own servers
    local unit
    command -v systemctl >/dev/null || return 0
    for unit in $(enabled_units); do
        if ! grep -qx "$unit" <<<"$1"; then
            systemctl disable -q "$unit" >/dev/null 2>&1 || true
            say "  $unit will not start with the machine (enable it with: systemctl enable $unit)"
        fi
    done
}
