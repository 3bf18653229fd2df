import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import type { DebianSource } from "../model";
import { run } from "../process";

/** Release whose package names, Python and PostgreSQL the images are made for. */
const debianRelease = "bookworm";

/** What no program reads at run time. Copyright files stay: licences require them. */
const unread = [
  "usr/share/man",
  "usr/share/info",
  "usr/share/lintian",
  "usr/share/bug",
  "usr/share/locale",
  "usr/share/menu",
  "usr/share/pixmaps",
  "usr/lib/systemd",
  "etc/init.d",
  "etc/cron.daily",
  "etc/logrotate.d",
  "var/cache",
  "var/lib/dpkg",
];

/**
 * Downloads the packages by the host's apt, which verifies the archive's signature and each
 * file's hash, and unpacks them into `tree`. Debian's archive serves only its newest version of a
 * package, so versions are reported, not locked.
 */
export async function unpackDebian(
  source: DebianSource,
  tree: string,
  isBase: boolean,
): Promise<Record<string, string>> {
  const downloads = await mkdtemp(`${tree}.deb-`);
  try {
    await download(source.packages, downloads);
    await mergeUsr(tree);
    const versions: Record<string, string> = {};
    for (const file of await readdir(downloads)) {
      const deb = join(downloads, file);
      await unpack(deb, tree);
      const [name, version] = (await run("dpkg-deb", ["-W", deb])).trim().split("\t");
      if (name && version) versions[name] = version;
    }
    for (const path of [...unread, ...(source.without ?? [])]) {
      await rm(join(tree, path), { recursive: true, force: true });
    }
    for (const [path, target] of Object.entries(source.links ?? {})) {
      await mkdir(dirname(join(tree, path)), { recursive: true });
      await symlink(target, join(tree, path));
    }
    if (isBase) await configureBase(tree);
    return versions;
  } finally {
    await rm(downloads, { recursive: true, force: true });
  }
}

async function download(packages: string[], folder: string): Promise<void> {
  try {
    await run("apt-get", ["-q", "-o", "APT::Sandbox::User=root", "download", ...packages], {
      cwd: folder,
    });
  } catch (cause) {
    throw new Error(
      `Packages of Debian ${debianRelease} could not be downloaded. Run apt-get update; on another ` +
        `release, add ${debianRelease} to apt's sources.\n${(cause as Error).message}`,
      { cause },
    );
  }
}

/**
 * As dpkg does, follows links such as /lib → usr/lib that lie in the tree already, where tar alone
 * would replace the link by a folder.
 */
async function unpack(deb: string, tree: string): Promise<void> {
  await run("sh", [
    "-c",
    'dpkg-deb --fsys-tarfile "$1" | tar --extract --keep-directory-symlink --directory "$2"',
    "sh",
    deb,
    tree,
  ]);
}

/** The links of a merged /usr, which packages of this release expect. */
async function mergeUsr(tree: string): Promise<void> {
  for (const name of ["bin", "sbin", "lib", "lib64"]) {
    await mkdir(join(tree, "usr", name), { recursive: true });
    await symlink(`usr/${name}`, join(tree, name));
  }
}

/** What the maintainer scripts of the base packages would have made. */
async function configureBase(tree: string): Promise<void> {
  await mkdir(join(tree, "tmp"), { recursive: true });
  await run("chmod", ["1777", join(tree, "tmp")]);
  for (const name of ["proc", "sys", "dev", "run", "root", "home", "etc/ssl/certs/java"]) {
    await mkdir(join(tree, name), { recursive: true });
  }
  await symlink("dash", join(tree, "usr/bin/sh")).catch(ignoreExisting);
  await copyFile(join(tree, "usr/share/libc-bin/nsswitch.conf"), join(tree, "etc/nsswitch.conf"));
  await writeFile(join(tree, "etc/ld.so.conf"), "include /etc/ld.so.conf.d/*.conf\n");
  await symlink("/usr/share/zoneinfo/Etc/UTC", join(tree, "etc/localtime"));
  const authorities = join(tree, "usr/share/ca-certificates/mozilla");
  const certificates = await Promise.all(
    (await readdir(authorities)).sort().map((file) => readFile(join(authorities, file), "utf8")),
  );
  await writeFile(join(tree, "etc/ssl/certs/ca-certificates.crt"), certificates.join(""));
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== "EEXIST") throw error;
}
