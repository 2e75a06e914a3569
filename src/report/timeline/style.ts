/** What a timeline looks like, by light and by dark. */
import styleSheet from "./style.css" with { type: "text" };

/** For an SVG file and for a page alike. */
export const STYLE: string = styleSheet;
