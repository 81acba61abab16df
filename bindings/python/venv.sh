# Sourced, with $here, $venv, $python and $requirements set: a virtual environment of that Python with what the file says.
cmp -s "$requirements" "$venv/requirements" && [ "$(cat "$venv/python" 2>/dev/null)" = "$python" ] || {
  rm -rf "$venv"
  "$python" -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$requirements"
  cp "$requirements" "$venv/requirements"
  echo "$python" >"$venv/python"
}
