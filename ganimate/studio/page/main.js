/** Puts the page together. */

import { Api, SERVER_GONE } from "./api.js";
import { mountControls } from "./controls.js";
import { mountDrops } from "./drops.js";
import { find } from "./elements.js";
import { mountExport } from "./export.js";
import { mountFaces } from "./faces.js";
import { mountKeys } from "./keys.js";
import { Live } from "./live.js";
import { createMessages } from "./messages.js";
import { Opening } from "./opening.js";
import { mountPan } from "./pan.js";
import { persistWork } from "./persistence.js";
import { followState } from "./pictures.js";
import { mountPresets } from "./presets.js";
import { Session } from "./session.js";
import { mountSliders } from "./sliders.js";
import { mountStage } from "./stage.js";
import { Store } from "./store.js";
import { mountTimeline } from "./timeline.js";
import { mountViews } from "./views.js";
import { Zoom } from "./zoom.js";

const store = new Store();
const api = new Api();
const live = new Live(api);
const messages = createMessages(find("alerts", HTMLElement), find("news", HTMLElement));
const session = new Session({ api, live, store, messages, show });

/**
 * Shows the part of the page that there is work for.
 *
 * @param {"empty" | "measuring" | "ready"} phase
 * @param {string} [words] - what goes on
 */
function show(phase, words = "") {
  const working = phase === "measuring";
  document.body.dataset.phase = working && store.get().photo ? "ready" : phase;
  document.body.toggleAttribute("data-working", working);
  find("working", HTMLElement).hidden = !working;
  find("working-text", HTMLElement).textContent = words;
}

const pictures = followState({ live, store });
const views = mountViews({ store });
const zoom = new Zoom(store);
mountPan(zoom);
mountStage({ live, store, api });
mountFaces({ store, session });
mountSliders({ store, pictures });
mountPresets({ store, api });
const controls = mountControls({ store, api, messages, pictures });
const shared = { store, api, live, messages };
const timeline = mountTimeline({ root: find("timeline", HTMLElement), ...shared });
mountExport({ root: find("export", HTMLElement), ...shared });
const opening = new Opening({ session, store, messages, timeline });
mountDrops({ store, opening, messages });
mountKeys({ store, controls, zoom, views });
persistWork(store);

live.onMessage("error", ({ error }) => messages.fail(error));
let isLost = false;
live.onState((state) => {
  if (state === "lost") messages.fail(SERVER_GONE);
  else if (isLost) messages.dismiss();
  isLost = state === "lost";
});

try {
  const { examples } = await session.start();
  opening.showExamples(examples);
} catch (problem) {
  messages.fail(problem);
  show("empty");
}
