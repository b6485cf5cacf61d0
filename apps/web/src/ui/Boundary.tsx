import { Component, type ReactNode } from "react";

interface BoundaryProps {
  /** Shown in place of what broke. */
  fallback: (error: unknown) => ReactNode;
  children: ReactNode;
}

/** Keeps a part of the page that throws while drawing from taking the rest with it. */
export class Boundary extends Component<BoundaryProps, { broken: { error: unknown } | null }> {
  override state: { broken: { error: unknown } | null } = { broken: null };

  static getDerivedStateFromError(error: unknown) {
    return { broken: { error } };
  }

  override render(): ReactNode {
    const { broken } = this.state;
    return broken ? this.props.fallback(broken.error) : this.props.children;
  }
}
