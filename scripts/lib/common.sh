# What the scripts share; sourced, never run. It leaves the caller in the top folder of the tree.
# shellcheck shell=bash

cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit
script_name=$(basename "$0")

say() { printf '%s: %s\n' "$script_name" "$*" >&2; }

die() {
  say "$*"
  exit 1
}

# The comment that opens a script is its help.
print_help() { sed -n '2,/^[^#]/{/^#/!d;s/^# \{0,1\}//;p}' "$0"; }

# Call first, with the script's arguments.
help_if_asked() {
  case "${1:-}" in
    -h | --help)
      print_help
      exit 0
      ;;
  esac
}

# Debian's interpreter: python3-redis and other Debian packages are only visible to it.
debian_python() { if [ -x /usr/bin/python3 ]; then echo /usr/bin/python3; else command -v python3; fi; }
