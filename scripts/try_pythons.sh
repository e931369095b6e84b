#!/usr/bin/env bash
# Try the wheel on other Pythons: sudo scripts/try_pythons.sh FOLDER [SUITE ...]
#
# Sets up userlands of Debian (trixie has Python 3.13, testing the next one) and of Ubuntu (jammy has
# 3.10, noble 3.12) in FOLDER, installs the wheel there with their own Python, renders a photo, and runs
# the tests. Needs Linux, root, debootstrap with a script and a key for each suite, and some 8 GB for
# each; what is there already is used again. CPU wheels of torch are taken where pip is
# told of them (PIP_EXTRA_INDEX_URL, PIP_FIND_LINKS).
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

root=""
leave() {
    if [ -n "$root" ] && mountpoint -q "$root/proc"; then umount "$root/proc"; fi
}
trap leave EXIT

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
    rm -rf "$root/srv/ganimate"
    mkdir -p "$root/srv/ganimate"
    tar xzf "$folder"/dist/ganimate-*.tar.gz --strip-components=1 -C "$root/srv/ganimate"
    cp "$folder"/dist/ganimate-*.whl "$root/srv/ganimate/"
    mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"
    echo "== $suite: $(chroot "$root" python3 --version)"
    # The package's folder goes, so that the tests import what the wheel installed.
    env -u OMP_NUM_THREADS LC_ALL=C.UTF-8 HOME=/root chroot "$root" /bin/sh -e -c '
        cd /srv/ganimate
        test -x /opt/ganimate/bin/python || python3 -m venv /opt/ganimate
        pip="/opt/ganimate/bin/python -m pip"
        $pip install --quiet --disable-pip-version-check ganimate-*.whl
        $pip install --quiet --disable-pip-version-check --force-reinstall --no-deps ganimate-*.whl
        $pip list 2>/dev/null | grep -iE "^(ganimate|numpy|opencv[a-z-]*|torch|mediapipe|pillow|scipy) "
        /opt/ganimate/bin/ganimate render examples/astronaut.jpg --to smile -o /tmp/smile.mp4 --json
        $pip install --quiet --disable-pip-version-check "$(ls "$PWD"/ganimate-*.whl)[dev]"
        rm -r ganimate
        /opt/ganimate/bin/python -m pytest '"${TESTS:-}"'
    ' || failed=1
    umount "$root/proc"
done
exit "$failed"
