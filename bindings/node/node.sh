# Sourced: whether there is a Node.js that the package runs on, with npm. Says what is missing, once.
have_node() {
  if ! command -v node >/dev/null || ! node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)'; then
    echo "the Node package needs Node.js 20 or later (found: $(node --version 2>/dev/null || echo none)); Debian 12's own is older:" \
      "https://nodejs.org/en/download has others" >&2
    return 1
  fi
  command -v npm >/dev/null || {
    echo "the Node package needs npm, which comes with Node.js" >&2
    return 1
  }
}

# What tests and types want of npm, in the folder $1, where it is not there as its package-lock.json says.
install_tools() {
  cmp -s "$1/package-lock.json" "$1/node_modules/.installed-lock" || {
    (cd "$1" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
    cp "$1/package-lock.json" "$1/node_modules/.installed-lock"
  }
}
