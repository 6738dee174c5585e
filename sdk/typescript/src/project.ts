/** The project whose balance pays. */
export interface GatewayProject {
  id: string;
  slug: string;
}
