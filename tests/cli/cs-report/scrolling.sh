# shellcheck shell=bash
# In a browser, a stack and a volume are scrolled through by slider and wheel, and their outlines are switched; the
# picture is the slice that it is said to be, and nothing is asked of the network.
command -v chromium >/dev/null || skip "chromium is not installed"
source "$(dirname "$case_file")/setup.bash"
predict stack set 2
# Each slice of the volume is brighter than the one below it, each column than the one on its right.
mkdir volume
boxes=()
for k in 0 1 2 3 4 5 6 7 8 9 10 11; do boxes+=(box 0.$((10 + 5 * k)) 0 8 0 10 "$k" $((k + 1))); done
make_nifti volume/image.nii.gz 8 10 12 1 1 1.5 --float "${boxes[@]}"
make_nifti volume/reference.nii.gz 8 10 12 1 1 1.5 box 1 2 6 2 8 3 9
names='{"LV":1}'
echo '{"id":"v","image":"volume/image.nii.gz","label":"volume/reference.nii.gz",' \
  "\"prediction\":\"volume/reference.nii.gz\",\"labels\":$names,\"prediction_labels\":$names}" >volume-set.jsonl
score stack-set volume-set
cs-report --scores stack:set=stack-set.scored.jsonl --scores volume:other=volume-set.scored.jsonl --out page.html \
  --log-level error

cat >host.html <<'END'
<!DOCTYPE html><html><body style="margin:0"><iframe src="page.html" style="border:0;width:380px;height:900px"></iframe>
<pre id="seen"></pre><script>
setTimeout(() => {
  const page = document.querySelector('iframe').contentWindow, seen = {};
  const [stack, volume] = page.document.querySelectorAll('.viewer');
  const said = (plane) => plane.querySelector('span').textContent;
  const slider = (plane) => plane.querySelector('input');
  const slide = (plane, value) => {
    slider(plane).value = value;
    slider(plane).dispatchEvent(new page.Event('input'));
  };
  // Whether the page stays where it is.
  const turn = (plane, deltaY) => !plane.querySelector('.slice').dispatchEvent(
    new page.WheelEvent('wheel', { deltaY, bubbles: true, cancelable: true }));
  const drawn = (plane) => [...plane.querySelectorAll('path')].filter(
    (path) => page.getComputedStyle(path).display !== 'none').length;
  const grey = (plane, x, y) => plane.querySelector('canvas').getContext('2d').getImageData(x, y, 1, 1).data[0];

  const only = stack.querySelector('.plane');
  seen.start = said(only);
  slide(only, 0);
  seen.slid = said(only) + ', ' + slider(only).getAttribute('aria-valuetext');
  seen.wheel = [turn(only, -100), turn(only, 100), said(only)];
  seen.pad = [turn(only, 15), turn(only, 15), turn(only, 15), said(only), turn(only, 15)];
  const boxes = stack.querySelectorAll('.lines input');
  seen.lines = [boxes.length, drawn(only)];
  boxes[0].click();
  seen.lines.push(drawn(only));
  boxes[0].click();
  seen.lines.push(drawn(only));
  seen.pictures = [...stack.parentElement.querySelectorAll('img')].filter((image) => image.offsetWidth > 0).length;

  const planes = [...volume.querySelectorAll('.plane')];
  slide(planes[0], 11);
  seen.top = said(planes[0]) + ', ' + (grey(planes[0], 0, 0) > 240);
  slide(planes[0], 0);
  seen.bottom = said(planes[0]) + ', ' + (grey(planes[0], 0, 0) < 15);
  // Superior is above, in the other planes.
  seen.above = planes.slice(1).map((plane) => grey(plane, 0, 0) > 240 && grey(plane, 0, 11) < 15);
  seen.others = planes.slice(1).map(said);
  const sizes = planes.map((plane) => plane.querySelector('.slice').getBoundingClientRect());
  // One scale: 8 mm, 8 mm and 10 mm wide; 10 mm, 18 mm and 18 mm high.
  seen.scale = sizes.flatMap(({ width, height }) => [width, height]).map((side) =>
    Math.round((10 * side) / sizes[2].width));
  const { scrollWidth, clientWidth } = page.document.documentElement;
  seen.overflow = scrollWidth - clientWidth;
  const asked = page.performance.getEntriesByType('resource');
  seen.requests = asked.filter((one) => !one.name.startsWith('data:')).length;
  document.getElementById('seen').textContent = JSON.stringify(seen);
}, 2000);
</script></body></html>
END
timeout 120 chromium --headless --no-sandbox --disable-gpu --disable-quic --user-data-dir="$PWD/profile" --no-first-run \
  --disable-background-networking --disable-component-update --disable-sync --allow-file-access-from-files \
  --proxy-server=127.0.0.1:9 --enable-logging=stderr --window-size=1400,900 --virtual-time-budget=5000 \
  --dump-dom "file://$PWD/host.html" >dom 2>log || fail "chromium ends with $?: $(tail -3 log)"
says_not log 'CONSOLE.*(Refused|Error)'
for fact in '"start":"slice 1 of 3"' '"slid":"slice 1 of 3, slice 1 of 3"' \
  '"wheel":\[false,true,"slice 2 of 3"\]' '"pad":\[true,true,true,"slice 3 of 3",false\]' \
  '"lines":\[2,2,1,2\]' '"pictures":0' \
  '"top":"axial, slice 12 of 12, true"' '"bottom":"axial, slice 1 of 12, true"' '"above":\[true,true\]' \
  '"others":\["coronal, slice [0-9]+ of 10","sagittal, slice [0-9]+ of 8"\]' '"scale":\[8,10,8,18,10,18\]' \
  '"overflow":0' '"requests":0'; do
  says dom "$fact"
done
