// Lets a process that runs tasks go without a gap in what can be queried: it takes no further task, its tasks publish what they have
// read, and this program ends when Historicals serve that. Rhino runs it, which is among Druid's jars; an image need not have another
// program that asks by HTTP.
//
// Arguments: the process's own URL, the Router's URL, the user to ask as, and the longest time to wait, in seconds.
// DRUID_INTERNAL_PASSWORD: the user's password.
// biome-ignore lint/complexity/noArguments: Rhino has them here.
const [own, router, username, seconds] = Array.from(arguments);
const { System, String: JavaString } = java.lang;
const login = new JavaString(`${username}:${System.getenv("DRUID_INTERNAL_PASSWORD")}`);
const authorization = `Basic ${java.util.Base64.getEncoder().encodeToString(login.getBytes("UTF-8"))}`;
const deadline = System.currentTimeMillis() + 1000 * Number(seconds);

function ask(method, url, body) {
  const connection = new java.net.URL(url).openConnection();
  connection.setRequestMethod(method);
  connection.setConnectTimeout(5000);
  connection.setReadTimeout(30000);
  connection.setRequestProperty("Authorization", authorization);
  if (body !== undefined) {
    connection.setDoOutput(true);
    connection.setRequestProperty("Content-Type", "application/json");
    connection.getOutputStream().write(new JavaString(JSON.stringify(body)).getBytes("UTF-8"));
  }
  const status = connection.getResponseCode();
  const stream = status < 400 ? connection.getInputStream() : connection.getErrorStream();
  const text = stream === null ? "" : String(new JavaString(stream.readAllBytes(), "UTF-8"));
  if (status >= 400) throw new Error(`${method} ${url}: ${status} ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}

// A partition's group of tasks is its number modulo the number of groups.
function groupsOf(tasks, taskCount) {
  const groups = new Set();
  tasks.forEach((task) => {
    Object.keys(task.startingOffsets || {}).forEach((partition) => {
      groups.add(Number(partition) % taskCount);
    });
  });
  return Array.from(groups);
}

// Has each supervisor with tasks among these publish what they have read.
function handOff(ids) {
  const supervisors = `${router}/druid/indexer/v1/supervisor`;
  ask("GET", supervisors).forEach((id) => {
    const url = `${supervisors}/${encodeURIComponent(id)}`;
    const active = ask("GET", `${url}/status`).payload.activeTasks || [];
    const groups = groupsOf(
      active.filter((task) => ids.includes(task.id)),
      ask("GET", url).spec.ioConfig.taskCount,
    );
    if (groups.length > 0) {
      print(`supervisor ${id}: task groups ${groups} publish`);
      ask("POST", `${url}/taskGroups/handoff`, { taskGroupIds: groups });
    }
  });
}

// What the tasks of a process are; none where it doesn't answer.
function runningTasks() {
  try {
    return ask("GET", `${own}/druid/worker/v1/tasks`);
  } catch (error) {
    print(String(error));
    return [];
  }
}

const told = new Set();
function look() {
  const tasks = runningTasks();
  const further = tasks.filter((id) => !told.has(id));
  if (further.length > 0) {
    try {
      handOff(further);
      further.forEach((id) => {
        told.add(id);
      });
    } catch (error) {
      print(String(error));
    }
  }
  return tasks;
}

function drain() {
  ask("POST", `${own}/druid/worker/v1/disable`, {});
  let tasks = look();
  while (tasks.length > 0 && System.currentTimeMillis() < deadline) {
    java.lang.Thread.sleep(1000);
    tasks = look();
  }
  print(tasks.length === 0 ? "no task is left" : `these tasks are left: ${tasks}`);
}

drain();
