#!/usr/bin/env bash
# Try the wheel on other Pythons: sudo scripts/try_pythons.sh FOLDER [SUITE ...]
#
# Sets up userlands of Debian (trixie has Python 3.13, testing the next one) and of Ubuntu (jammy has
# 3.10, noble 3.12) in FOLDER, installs the wheel there with their own Python, renders a photo, and runs
# the tests: all by default, or those that TESTS names, which are pytest's arguments. The studio's page is
# tested in Debian's Chromium; Ubuntu has none as a package. Needs Linux, root, debootstrap with a script
# and a key for each suite, and some 8 GB for each; what is there already is used again. CPU wheels of
# torch are taken where pip is told of them (PIP_EXTRA_INDEX_URL, PIP_FIND_LINKS).
# PYTEST_XDIST_AUTO_NUM_WORKERS says how many processes test, if not one for each core.
set -euo pipefail
cd "$(dirname "$0")/.."

folder="$(realpath -m "${1:?give a folder for the userlands}")"
shift
suites=("$@")
[ ${#suites[@]} -gt 0 ] || suites=(trixie testing)
mirror="${MIRROR:-http://deb.debian.org/debian}"
ubuntu="${UBUNTU_MIRROR:-http://archive.ubuntu.com/ubuntu}"
declare -A ubuntu_parts=([jammy]=,universe [noble]=,universe) # where pip and venv are
mkdir -p "$folder"

# A command in a userland. The mounts are in a namespace of its own and go with it: none is left,
# however it ends, and none is there when a folder is removed. pivot_root, since whoever is in a chroot
# may make no namespaces, in which tests fill a small disk.
run_in() {
    # shellcheck disable=SC2016 # the inner shell expands
    env -u OMP_NUM_THREADS LC_ALL=C.UTF-8 HOME=/root DEBIAN_FRONTEND=noninteractive \
        unshare --mount --propagation private /bin/sh -e -c '
            root="$1"
            shift
            mount --bind "$root" "$root"
            mount -t proc proc "$root/proc"
            mount -t tmpfs tmpfs "$root/dev/shm"
            mount -t devpts devpts "$root/dev/pts"
            cd "$root"
            pivot_root . .
            umount -l .
            cd /
            exec "$@"
        ' sh "$@"
}

python3 -m venv "$folder/build"
"$folder/build/bin/pip" install --quiet build
rm -rf "$folder/dist"
"$folder/build/bin/python" -m build --outdir "$folder/dist" . >"$folder/build.log"

failed=0
for suite in "${suites[@]}"; do
    root="$folder/$suite"
    if [ ! -x "$root/usr/bin/pip3" ]; then
        packages=python3,python3-venv,python3-pip,ca-certificates
        from="$mirror"
        # cv2 as mediapipe requires it needs libGL and libglib.
        case "$suite" in
            jammy) packages+=,libgl1,libglib2.0-0 from="$ubuntu" ;;
            noble) packages+=,libgl1,libglib2.0-0t64 from="$ubuntu" ;;
        esac
        debootstrap --variant=minbase --components="main${ubuntu_parts[$suite]:-}" \
            --include="$packages" "$suite" "$root" "$from" >"$folder/$suite.log"
    fi
    cp /etc/resolv.conf "$root/etc/resolv.conf"
    cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
    if [ -z "${ubuntu_parts[$suite]:-}" ] && [ ! -x "$root/usr/bin/chromium" ]; then
        # torch.compile, which one test calls, needs a compiler and Python's headers. A mirror that
        # stands still has lists that have expired.
        run_in "$root" apt-get update -qq -o Acquire::Check-Valid-Until=false
        run_in "$root" apt-get install -y -qq --no-install-recommends \
            chromium fonts-inter g++ python3-dev >>"$folder/$suite.log"
    fi
    rm -rf --one-file-system "$root/srv/ganimate"
    mkdir -p "$root/srv/ganimate"
    tar xzf "$folder"/dist/ganimate-*.tar.gz --strip-components=1 -C "$root/srv/ganimate"
    cp "$folder"/dist/ganimate-*.whl "$root/srv/ganimate/"
    echo "== $suite: $(run_in "$root" python3 --version)"
    # In place of the package's folder stands what the wheel installed, so that tests import that.
    run_in "$root" /bin/sh -e -c '
        cd /srv/ganimate
        test -x /opt/ganimate/bin/python || python3 -m venv /opt/ganimate
        export PATH="/opt/ganimate/bin:$PATH"
        pip="python -m pip"
        $pip install --quiet --disable-pip-version-check ganimate-*.whl
        $pip install --quiet --disable-pip-version-check --force-reinstall --no-deps ganimate-*.whl
        $pip list 2>/dev/null | grep -iE "^(ganimate|numpy|opencv[a-z-]*|torch|mediapipe|pillow|scipy) "
        ganimate render examples/astronaut.jpg --to smile -o /tmp/smile.mp4 --json
        $pip install --quiet --disable-pip-version-check "$(ls "$PWD"/ganimate-*.whl)[dev]"
        rm -r ganimate
        ln -s /opt/ganimate/lib/python3*/site-packages/ganimate ganimate
        scripts/test.sh '"${TESTS:-}"'
    ' || failed=1
done
exit "$failed"
