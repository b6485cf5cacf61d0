import { ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { hrefOfImageList } from "../state/route.ts";
import { Logo } from "../ui/Logo.tsx";

/** The way from the list of images to what is open. `children`: what lies in between. */
export function Crumbs({ name, children }: { name: string; children?: ReactNode }) {
  return (
    <nav className="crumbs" aria-label="Where you are">
      <a className="home-link" href={hrefOfImageList} aria-label="Coscope: all images">
        <Logo />
      </a>
      <a className="crumb wide-only" href={hrefOfImageList}>
        Images
      </a>
      <ChevronRight className="crumb-arrow wide-only" size={14} aria-hidden />
      {children}
      <h1 className="crumb-here truncate" title={name}>
        {name}
      </h1>
    </nav>
  );
}
