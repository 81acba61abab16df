# Sourced, with $here and $venv set: the virtual environment in which wheels and tests are made, as requirements-test.txt says.
cmp -s "$here/requirements-test.txt" "$venv/requirements" || {
  [ -x "$venv/bin/pip" ] || python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements-test.txt"
  cp "$here/requirements-test.txt" "$venv/requirements"
}
