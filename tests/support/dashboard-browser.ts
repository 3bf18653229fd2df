/** Opens a dashboard in a real browser, as a person does, and returns what each chart shows. */
import { type Browser, chromium, type Page } from "playwright-core";
import { errorText } from "../../resources/error-text";

export interface DashboardVisit {
  /** Superset's address, without a slash at its end. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly slug: string;
  /** The titles of the charts that must be drawn. */
  readonly charts: readonly string[];
  /** Path of the PNG. Default: none is made. */
  readonly screenshot?: string;
  /** Height of the window in px. Charts below its edge are not drawn. Default: 1000. */
  readonly height?: number;
  /** What to do with the page once it stands still. Default: nothing. */
  readonly use?: (page: Page) => Promise<void>;
  /** How long all charts together may take to be drawn, in ms. Default: 60,000. */
  readonly timeoutMs?: number;
  /** Default: /usr/bin/chromium. */
  readonly executablePath?: string;
  /** IP address that the host of `url` has, whose certificate no authority has signed. Default: the name server's. */
  readonly address?: string;
}

export interface ChartState {
  readonly title: string;
  /** `missing`: the dashboard has no such chart; `empty`: Superset says that there is no data. */
  readonly state: "drawn" | "loading" | "empty" | "error" | "missing";
  /** The chart's text: the number of a big number, the message of an error. */
  readonly text: string;
}

export interface DashboardView {
  readonly title: string;
  readonly charts: readonly ChartState[];
  /** The errors of the browser's console and pages. */
  readonly errors: readonly string[];
}

/** The sandbox needs a user other than root. The other flags turn off Chromium's own network requests. */
const chromiumFlags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** This size shows the whole dashboard of the demo. */
const viewport = { width: 1600, height: 1000 };

/**
 * Logs in, opens the dashboard, and waits until every chart has been drawn or the time is over.
 *
 * @throws Error if the browser cannot be started or the login fails. A chart that is not drawn is part of the result.
 */
export async function visitDashboard(visit: DashboardVisit): Promise<DashboardView> {
  const { address, executablePath } = visit;
  const { hostname } = new URL(visit.url);
  const browser = await launch(
    executablePath,
    address === undefined ? [] : [`--host-resolver-rules=MAP ${hostname} ${address}`],
  );
  try {
    const size = { ...viewport, height: visit.height ?? viewport.height };
    const page = await browser.newPage({
      viewport: size,
      ignoreHTTPSErrors: address !== undefined,
    });
    const errors = watch(page, visit.url);
    await logIn(page, visit);
    await page.goto(`${visit.url}/superset/dashboard/${visit.slug}/`);
    const charts = await waitForCharts(page, visit);
    if (visit.screenshot !== undefined) {
      await standStill(page);
      await page.screenshot({ path: visit.screenshot });
    }
    const title = await page.title();
    if (visit.use !== undefined) {
      await standStill(page);
      await visit.use(page);
    }
    return { title, charts, errors };
  } finally {
    await browser.close();
  }
}

export const chartOf = (page: Page, title: string) =>
  page.locator(`[data-test-chart-name=${JSON.stringify(title)}]`);

/** Chooses a value in the dashboard's first filter of a dimension, and applies it. */
export async function chooseInFilter(page: Page, value: string): Promise<void> {
  await page.locator('[data-test="form-item-value"] .ant-select').first().click();
  const title = JSON.stringify(value);
  await page
    .locator(
      `.ant-select-item-option[title=${title}], .ant-select-item-option-content:text-is(${title})`,
    )
    .first()
    .click();
  await page.keyboard.press("Escape");
  await page.locator('[data-test="filter-bar__apply-button"]').click();
}

/** @throws Error that says what to install, if there is no browser at this path */
export async function launch(
  executablePath = "/usr/bin/chromium",
  flags: readonly string[] = [],
): Promise<Browser> {
  try {
    return await chromium.launch({ executablePath, args: [...chromiumFlags, ...flags] });
  } catch (error) {
    throw new Error(
      `${executablePath} could not be started: apt-get install chromium fonts-droid-fallback. ${errorText(error)}`,
      { cause: error },
    );
  }
}

/** Blocks requests to other addresses than Superset's, and collects errors. */
function watch(page: Page, url: string): string[] {
  const errors: string[] = [];
  const { origin } = new URL(url);
  // Superset's pages load an image of a statistics service. Tests must connect only to the stack.
  page.route(
    (address) => address.origin !== origin && /^https?:$/.test(address.protocol),
    (route) => route.abort("blockedbyclient"),
  );
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("response", (response) => {
    if (response.status() >= 400) {
      errors.push(`${response.request().method()} ${response.url()} answered ${response.status()}`);
    }
  });
  return errors;
}

/** On a busy machine the page may get the click before its form handles it. Then the form is filled in again. */
async function logIn(page: Page, visit: DashboardVisit): Promise<void> {
  const left = (address: URL) => !address.pathname.startsWith("/login");
  const deadline = Date.now() + 60_000;
  for (;;) {
    await page.goto(`${visit.url}/login/`);
    if (left(new URL(page.url()))) return;
    await page.fill("#username", visit.username);
    await page.fill("#password", visit.password);
    await page.click('button[type="submit"]');
    try {
      return await page.waitForURL(left, { timeout: 20_000 });
    } catch (error) {
      if (Date.now() < deadline) continue;
      const words = (await page.getByRole("alert").allTextContents()).join(" ");
      throw new Error(
        `Superset at ${visit.url} did not log ${visit.username} in: the page stayed at ${page.url()} and says ` +
          `"${words}". Is the password right, and SESSION_COOKIE_SECURE off for plain HTTP?`,
        { cause: error },
      );
    }
  }
}

/** Polls the page until all charts are drawn at the same time, because a drawn chart may load again. */
async function waitForCharts(page: Page, visit: DashboardVisit): Promise<ChartState[]> {
  const deadline = Date.now() + (visit.timeoutMs ?? 60_000);
  for (;;) {
    const states = await readCharts(page, visit.charts);
    if (states.every(({ state }) => state === "drawn") || Date.now() > deadline) return states;
    await page.waitForTimeout(250);
  }
}

/** Charts are animated for about a second. Two equal pictures in a row show that the animation has ended. */
async function standStill(page: Page): Promise<void> {
  const deadline = Date.now() + 8_000;
  let before = await page.screenshot();
  while (Date.now() < deadline) {
    await page.waitForTimeout(400);
    const after = await page.screenshot();
    if (after.equals(before)) return;
    before = after;
  }
}

async function readCharts(page: Page, titles: readonly string[]): Promise<ChartState[]> {
  return await Promise.all(
    titles.map(async (title): Promise<ChartState> => {
      const chart = page.locator(`[data-test-chart-name=${JSON.stringify(title)}]`);
      const has = async (selector: string) => (await chart.locator(selector).count()) > 0;
      if ((await chart.count()) === 0) return { title, state: "missing", text: "" };
      const text = ((await chart.textContent()) ?? "").replace(title, "").trim();
      if (await has('[data-test="loading-indicator"], .loading')) {
        return { title, state: "loading", text };
      }
      if (await has('[role="alert"], .ant-alert-error, .missing-chart-container')) {
        return { title, state: "error", text };
      }
      if (/No results|No data/i.test(text)) return { title, state: "empty", text };
      const drawn = await has("canvas, .header-line, table tbody tr");
      return { title, state: drawn ? "drawn" : "loading", text };
    }),
  );
}
