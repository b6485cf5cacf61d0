/** The list of images. An open image reads it ahead: the way back must not depend on the server just then. */
export const loadImages = () => import("./ImagesPage.tsx");
