// Menus close when somebody goes on elsewhere, or presses Escape.

const close = (menu) => menu.removeAttribute("open");

for (const menu of document.querySelectorAll("details.menu")) {
  document.addEventListener("pointerdown", ({ target }) => menu.contains(target) || close(menu));
  menu.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget && !menu.contains(relatedTarget)) close(menu);
  });
  menu.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape" || !menu.open) return;
    close(menu);
    menu.querySelector("summary").focus();
  });
}
