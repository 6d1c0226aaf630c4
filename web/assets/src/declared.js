// Forms that a profile declares: fields that depend on others, and files that go up as soon as they are chosen.
// Everything here is a comfort: without script all fields are there, and files go up by a button.
(() => {
  "use strict";
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // data-when='{"id_type": ["passport"]}': shown, and sent along, only where the earlier fields of the form say so.
  const said = (form, name) => new FormData(form).get(name) ?? "";
  const wanted = (value) => [].concat(value).map((one) => one === true ? "yes" : one === false ? "no" : one);
  function settle(form) {
    for (const part of all("[data-when]", form)) { // in the order of the form: a field that is not asked for answers nothing to those after it
      const asked = Object.entries(JSON.parse(part.dataset.when)).every(([name, value]) => wanted(value).includes(said(form, name)));
      part.hidden = !asked;
      all("input, select, textarea, button", part).forEach((field) => { field.disabled = !asked; });
    }
  }
  const forms = () => all("form").filter((form) => form.querySelector("[data-when]"));
  document.addEventListener("change", (event) => { if (event.target.form?.querySelector("[data-when]")) settle(event.target.form); });
  forms().forEach(settle);

  // Files: one request a choice, with its progress; the answer is the field as it stands now ---------------------------
  function complain(field, words) {
    const line = field.querySelector("[data-upload-error]");
    line.hidden = false;
    line.querySelector("span").textContent = words;
  }
  function put(field, text, form) {
    const page = new DOMParser().parseFromString(text, "text/html"), answer = page.querySelector("[data-upload]");
    if (!answer) return complain(field, page.querySelector("meta[name=refusal]")?.content || "没有上传成功，请检查网络后再试一次。您填写的其他内容还在。");
    field.replaceWith(answer);
    if (answer.dataset.seen && form.elements.seen) form.elements.seen.value = answer.dataset.seen; // what came first began the draft
    form.dispatchEvent(new Event("input")); // what is kept of the form knows the file, too
    answer.focus();
  }
  function send(field, input, kept = []) {
    const form = input.form, name = field.dataset.name, sent = new FormData(), bar = field.querySelector("progress"), request = new XMLHttpRequest();
    sent.set("csrf", form.elements.csrf.value);
    sent.set("only", name);
    [...all(`input[type="hidden"][name="${name}"]`, field).map((there) => there.value), ...kept].forEach((id) => sent.append(name, id));
    [...input.files].forEach((file) => sent.append(input.name, file));
    field.dataset.uploading = "1";
    field.querySelector("[data-upload-error]").hidden = true;
    bar.hidden = false;
    input.disabled = true;
    request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) bar.value = 100 * event.loaded / event.total; });
    request.addEventListener("loadend", () => {
      delete field.dataset.uploading;
      bar.hidden = true;
      input.disabled = false;
      input.value = "";
      put(field, request.responseText, form);
    });
    request.open("POST", field.dataset.upload);
    request.setRequestHeader("HX-Request", "true");
    request.setRequestHeader("Accept", "text/html");
    request.send(sent);
  }
  document.addEventListener("change", (event) => {
    const field = event.target.type === "file" && event.target.closest("[data-upload]");
    if (field && event.target.files.length) send(field, event.target);
  });
  document.addEventListener("files-kept", (event) => {
    const field = event.target.querySelector(`[data-upload][data-name="${event.detail.name}"]`), input = field?.querySelector("input[type=file]");
    if (input) send(field, input, event.detail.ids);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-drop]");
    if (!button) return;
    event.preventDefault();
    const field = button.closest("[data-upload]");
    button.closest("li").remove();
    const choose = field.querySelector(".files__choose");
    if (choose) choose.hidden = false; // there is room again
    choose?.querySelector("input").focus();
  });
  document.addEventListener("submit", (event) => {
    const busy = event.target.querySelector("[data-uploading]");
    if (!busy) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    complain(busy, "文件还在上传，请等上传完再保存。");
    busy.scrollIntoView({block: "center"});
  }, true);

  // The nearest window ------------------------------------------------------------------------------------------------
  // Where somebody is, is asked for when she taps, compared here with where the windows are, and forgotten with the page.
  const EARTH_KM = 6371, radians = (degrees) => degrees * Math.PI / 180;
  function kilometres([north, east], [toNorth, toEast]) {
    const half = Math.sin(radians(toNorth - north) / 2) ** 2 + Math.cos(radians(north)) * Math.cos(radians(toNorth)) * Math.sin(radians(toEast - east) / 2) ** 2;
    return 2 * EARTH_KM * Math.asin(Math.sqrt(half));
  }
  const inWords = (km) => km < 1 ? `约 ${Math.max(1, Math.round(km * 10)) * 100} 米` : `约 ${km < 10 ? km.toFixed(1) : Math.round(km)} 公里`;
  const REFUSED = {1: "没有得到位置权限，请按区县选择窗口。", 2: "暂时定位不到，请按区县选择窗口。", 3: "定位超时，请按区县选择窗口。"};
  function near(part) {
    const form = part.closest("form"), words = part.querySelector("[role=status]"), button = part.querySelector("button"), away = new Map();
    const windows = part.dataset.nearest.split(";").filter(Boolean).map((one) => one.split(",")).map(([id, district, north, east]) => ({id, district, at: [Number(north), Number(east)]}));
    const choice = (id) => form.querySelector(`#places input[type="radio"][value="${id}"]`);
    function show() { // the list of windows, nearest first, each with its distance
      const listed = windows.map(({id}) => choice(id)?.closest("label")).filter(Boolean);
      listed.sort((one, other) => away.get(one.querySelector("input").value) - away.get(other.querySelector("input").value));
      listed.forEach((label) => {
        label.querySelector(".distance")?.remove();
        const line = document.createElement("small");
        line.className = "distance";
        line.textContent = inWords(away.get(label.querySelector("input").value));
        (label.querySelector(".choice__body") ?? label).append(line);
        label.parentNode.append(label);
      });
    }
    function choose(position) {
      const here = [position.coords.latitude, position.coords.longitude];
      windows.forEach((one) => away.set(one.id, kilometres(here, one.at)));
      const first = windows.reduce((best, one) => away.get(one.id) < away.get(best.id) ? one : best);
      const district = form.querySelector("select[name=district]");
      words.textContent = `已为您选了最近的窗口，${inWords(away.get(first.id))}。可以在下面改选。`;
      document.addEventListener("htmx:after:swap", () => {
        const input = choice(first.id);
        if (input && !input.checked) input.click();
        show();
      }, {once: true});
      if (district && district.value !== first.district) district.value = first.district;
      (district ?? form).dispatchEvent(new Event("change", {bubbles: true}));
    }
    button.addEventListener("click", () => {
      words.textContent = "正在定位…";
      navigator.geolocation.getCurrentPosition(choose, (refused) => { words.textContent = REFUSED[refused.code] ?? REFUSED[2]; }, {timeout: 10000, maximumAge: 300000});
    });
    document.addEventListener("htmx:after:swap", () => { if (away.size) show(); });
    part.hidden = !("geolocation" in navigator);
  }
  all("[data-nearest]").forEach(near);
})();
