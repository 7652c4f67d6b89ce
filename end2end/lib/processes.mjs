// What the processes of a browser cost (Linux): seconds of processor time, from /proc.

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

let ticks;
/** Clock ticks a second: the unit of /proc. */
const perSecond = () => (ticks ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' })));

/** The number of a browser's first process. */
export async function browserProcess(browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  return processInfo.find(({ type }) => type === 'browser').id;
}

/**
 * The processor time that these processes and all that they have started have used so far.
 *
 * @param {number[]} roots
 * @returns {{ renderers: Map, gpu: Map, other: Map, machine: number }} seconds by process; and of the whole machine
 */
export function processorTime(roots) {
  const all = new Map();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      // The second field is the program's name in parentheses, and may hold anything.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      all.set(Number(name), { parent: Number(fields[1]), seconds: (Number(fields[11]) + Number(fields[12])) / perSecond() });
    } catch {
      // It has just ended.
    }
  }
  const belongs = (pid) => {
    for (let at = pid; all.has(at); at = all.get(at).parent) if (roots.includes(at)) return true;
    return false;
  };
  const found = { renderers: new Map(), gpu: new Map(), other: new Map(), machine: machineTime() };
  for (const [pid, { seconds }] of all) {
    if (belongs(pid)) found[kindOf(pid)].set(pid, seconds);
  }
  return found;
}

/** How many cores were in use between two readings, by kind; `elsewhere` is what the machine did besides. */
export function coresBetween(before, after, seconds) {
  const cores = {};
  for (const kind of ['renderers', 'gpu', 'other']) {
    // One that has begun since then began at nothing.
    const used = [...after[kind]].reduce((sum, [pid, time]) => sum + time - (before[kind].get(pid) ?? 0), 0);
    cores[kind] = used / seconds;
  }
  cores.all = cores.renderers + cores.gpu + cores.other;
  cores.elsewhere = Math.max(0, (after.machine - before.machine) / seconds - cores.all);
  return cores;
}

function kindOf(pid) {
  try {
    const [, type] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').match(/--type=([\w-]+)/) ?? [];
    return { renderer: 'renderers', 'gpu-process': 'gpu' }[type] ?? 'other';
  } catch {
    return 'other';
  }
}

/** All that the processors of this machine have done: user, nice, system, interrupts, and what the host took away. */
function machineTime() {
  const [, user, nice, system, , , hard, soft, stolen] = readFileSync('/proc/stat', 'utf8').split('\n')[0].split(/\s+/).map(Number);
  return (user + nice + system + hard + soft + stolen) / perSecond();
}
