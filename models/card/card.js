// The page works without this: it only begins in the reader's language and keeps the document's language true.
(() => {
  const chinese = document.getElementById("in-zh");
  const asked = new URLSearchParams(location.search).get("lang") || navigator.language || "en";
  chinese.checked = asked.toLowerCase().startsWith("zh");
  const theme = document.getElementById("theme-" + new URLSearchParams(location.search).get("theme"));
  if (theme) theme.checked = true;
  const tell = () => { document.documentElement.lang = chinese.checked ? "zh-Hans" : "en"; };
  document.forms[0].addEventListener("change", tell);
  tell();
})();
