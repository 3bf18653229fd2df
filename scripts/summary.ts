import { readStackOutputs } from "./stack-outputs";

const { stack, outputs } = readStackOutputs(process.argv.slice(2));
const prefix = stack === "local" ? "" : `STACK=${stack} `;
const shown = [...Object.values(outputs.pipelines), ...Object.values(outputs.dashboards)];
const dashboards = shown.flatMap(({ dashboard }) => dashboard ?? []);
const { urls } = outputs;
const titles = { superset: "Superset", druid: "Druid", airflow: "Airflow" };
const publicUrls = (Object.keys(titles) as (keyof typeof titles)[])
  .filter((service) => urls[service])
  .map((service) => `  ${titles[service].padEnd(16)}${urls[service]}\n`);

console.log(`
Stack ${stack} is up in namespace ${outputs.namespace}.

${publicUrls.join("")}  ${prefix}make open      opens these on this machine until Ctrl-C:
      Superset    http://localhost:8088   (user ${outputs.supersetUsername})
${dashboards.map((slug) => `      Dashboard   http://localhost:8088/superset/dashboard/${slug}/\n`).join("")}\
      Druid       http://localhost:8888   (user ${outputs.druidUsername})${outputs.services.airflow ? `\n      Airflow     http://localhost:3000   (user ${outputs.airflowUsername})` : ""}
  The passwords:  ${prefix}SHOW_SECRETS=1 make -s outputs
  More events:    ${prefix}npm run produce -- --stream NAME
  The proof:      ${prefix}make verify
  The end:        ${prefix}make down`);
