# shellcheck shell=bash
# In a browser, on a desk and on a phone, light and dark: all charts are drawn, the page is no wider than its window,
# nothing is said on the console, nothing is asked of the network.
command -v chromium >/dev/null || skip "chromium is not installed"
source "$(dirname "$case_file")/setup.bash"
make_results
make_severities
make_run run
evil='<\/script><script>document.title=\"taken\"<\/script>'
{
  entry standard A standard-A '"seed":0,"run":"run"'
  entry cooperative A cooperative-A '"seed":0,"run":"run"'
  entry standard B standard-B '"seed":0'
  entry cooperative B cooperative-B '"seed":0'
  entry "$evil" A standard-A
  entry __proto__ B standard-B '"run":"run"'
  entry constructor B standard-B '"run":"run"'
  entry another-method-with-a-long-name "a test set with a long name" standard-A '"stage":"stn"'
} >results.jsonl
cs-report --results results.jsonl --out page.html --log-level error
charts=$(grep -c 'class="chart"' page.html)
equal "$charts" 7 "charts"

# A window narrower than some 500 pixels is not to be had; a frame is. It reports what it sees.
visit() { # WIDTH SCHEME NAME, [PAGE CHARTS PICTURES]
  local page=${4:-page} charts=${5:-$charts} pictures=${6:-36}
  cat >"$3.html" <<END
<!DOCTYPE html><html><body style="margin:0"><iframe src="$page.html" style="border:0;width:$1px;height:900px"></iframe>
<pre id="seen"></pre><script>
setTimeout(() => {
  const page = document.querySelector('iframe').contentWindow, all = page.document;
  const svgs = [...all.querySelectorAll('.chart svg')];
  for (const part of all.querySelectorAll('details')) part.open = true;
  const wide = [...all.querySelectorAll('main *')].filter((element) =>
    !element.closest('.wide') && element.getBoundingClientRect().right > page.innerWidth + 1);
  document.getElementById('seen').textContent = JSON.stringify({
    drawn: svgs.filter((svg) => svg.querySelector('path').getBBox().width > 0).length,
    overflow: all.documentElement.scrollWidth - all.documentElement.clientWidth,
    // The averages are seen without scrolling.
    cut: [...all.querySelectorAll('.average')].filter(
      (cell) => cell.getBoundingClientRect().right > page.innerWidth).length,
    folded: [...all.querySelectorAll('table.results')].filter((table) =>
      [...table.querySelectorAll('.sd')].some((sd) => page.getComputedStyle(sd).display === 'block')).length,
    wide: wide.map((element) => element.outerHTML.slice(0, 60)),
    width: page.innerWidth,
    pictures: [...all.images].filter((image) => image.naturalWidth > 100).length,
    requests: page.performance.getEntriesByType('resource').filter((r) => !r.name.startsWith('data:')).length,
    title: all.title,
    background: page.getComputedStyle(all.body).backgroundColor,
    ink: page.getComputedStyle(svgs[0].querySelector('text')).fill,
    limits: svgs.flatMap((svg) => [...svg.querySelectorAll('text')].map((text) => text.textContent)).filter(
      (text) => /^0.75$|^[0-9]+ (caught|missed|in vain|spared)$/.test(text)),
  });
}, 2000);
</script></body></html>
END
  timeout 120 chromium --headless --no-sandbox --disable-gpu --disable-quic --user-data-dir="$PWD/profile" \
    --no-first-run --disable-background-networking --disable-component-update --disable-sync \
    --allow-file-access-from-files --proxy-server=127.0.0.1:9 --blink-settings="preferredColorScheme=$2" \
    --enable-logging=stderr --log-net-log="$PWD/$3.net" --window-size=1400,900 --virtual-time-budget=5000 \
    --dump-dom "file://$PWD/$3.html" >"$3.dom" 2>"$3.log" || fail "chromium ends with $?: $(tail -3 "$3.log")"
  says_not "$3.log" 'CONSOLE'
  # What the browser asks for on its own account goes to its maker's hosts; the page would ask for something else.
  says_not "$3.net" '"url":"(https?|wss?)://[^"]*(vega|coopseg|w3\.org|cdn|font)'
  for fact in "\"drawn\":$charts," '"overflow":0,' '"cut":0,' '"wide":\[\],' "\"width\":$1," \
    "\"pictures\":$pictures," '"requests":0,' \
    '"title":"Segmentation results"'; do
    says "$3.dom" "$fact"
  done
}
dark=0 light=1
visit 1280 $light desk_light
visit 900 $dark desk_dark
visit 390 $light phone_light
visit 390 $dark phone_dark
# Tables fold where they have no room.
says desk_light.dom '"folded":0,'
says phone_light.dom '"folded":[1-9]'
says desk_light.dom '"background":"rgb\(255, 255, 255\)","ink":"rgb\(28, 30, 33\)"'
says phone_dark.dom '"background":"rgb\(22, 24, 27\)","ink":"rgb\(230, 232, 234\)"'

# Curves over the number of labelled cases, and agreement, among methods whose names are words of the language.
sed -i 's/}$/,"agreement":{"LV":0.6}}/' standard-A.scored.jsonl
{
  for labelled in 5 20; do
    entry __proto__ A standard-A "\"labelled\":$labelled,\"seed\":0"
    entry __proto__ A cooperative-A "\"labelled\":$labelled,\"seed\":1"
    entry another-method-with-a-long-name A cooperative-A "\"labelled\":$labelled"
  done
  entry constructor A cooperative-A '"labelled":0'
  entry constructor __proto__ standard-A '"labelled":0'
} >labelled.jsonl
cs-report --results labelled.jsonl --out labelled.html --cases-per-method 0 --log-level error
visit 390 $dark phone_labelled labelled 8 0
# The scatter says its limit, and how many cases lie in each of its quarters.
quarters='("[0-9]+ (caught|missed|in vain|spared)",?){8}'  # written twice: the rim, and the text
says phone_labelled.dom "\"limits\":\[\"0.75\",$quarters"

# Without scripts tables and pictures remain.
sed '/<script/,$d' page.html >still.html
says still.html '<th scope="row">cooperative</th>.*<td><b>0\.'
says still.html 'data:image/png'
