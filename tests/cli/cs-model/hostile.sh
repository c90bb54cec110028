# shellcheck shell=bash
# A .pth file that would run a command in Python is refused in one line, and the command is not run.
command -v python3 >/dev/null || skip "python3 is not installed, which makes the hostile files here"
source "$(dirname "$case_file")/setup.bash"
make_run
cs-model export run/best.safetensors --to-reference pth --log-level error
python3 - <<'PYTHON'
import os, pickle, zipfile

class Run:
    def __reduce__(self):
        return os.system, ("touch was-run",)

class Evaluate:
    def __reduce__(self):
        return eval, ("open('was-run', 'w')",)

for name, content in {"system": Run(), "eval": {"up1.up.weight": Evaluate()}, "set": {"a": {1, 2}}}.items():
    for protocol in (0, 1, 2, 4):
        with zipfile.ZipFile(f"{name}{protocol}.pth", "w") as archive:
            archive.writestr("archive/data.pkl", pickle.dumps(content, protocol=protocol))
            archive.writestr("archive/version", "3\n")
    with zipfile.ZipFile(f"{name}-compressed.pth", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(content, protocol=2))
    with open(f"{name}-plain.pth", "wb") as plain:
        pickle.dump(content, plain, protocol=2)
PYTHON
for file in *.pth; do
  cp "$file" pth/image_decoder.pth
  exits 1 cs-model import --from-reference pth -o bad.safetensors
  one_line stderr
  says stderr '^cs-model: error: pth/image_decoder.pth: '
  case $file in
    system2.pth) says stderr "asks for '(posix|os|nt).system'.*nothing was executed" ;;
    eval2.pth) says stderr "asks for '(__builtin__|builtins).eval'" ;;
    *compressed*) says stderr 'is compressed' ;;
    *plain*) says stderr 'is (no zip archive|too short)' ;;
  esac
  absent bad.safetensors
  absent was-run
done
